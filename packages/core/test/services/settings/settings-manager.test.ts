import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { silentLogger } from '../../../src/ports/logger.js';
import { SettingsManager } from '../../../src/services/settings/settings-manager.js';
import { DEFAULT_PRIORITY_TAGS } from '../../../src/shapes/priority-tags-setting.js';
import { settingsPatchSchema, type SettingsPatch } from '../../../src/shapes/settings-patch.js';
import { settingsSchema } from '../../../src/shapes/settings.js';
import { settingsFolder } from './settings-folder.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const goodPatches: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    language: fc.constantFrom('en', 'de', 'zh-CN'),
    show_only_sfw: fc.boolean(),
    mature_blur_level: fc.constantFrom('pg13', 'R', 'xxx', null),
    hash_chunk_size_mb: fc.constantFrom(0.5, 4, 8),
    download_path_templates: fc.constantFrom({ lora: '{author}' }, '{"lora": ""}', {}),
    priority_tags: fc.constantFrom({ lora: 'a, b' }, { vae: ' x ' }, null),
    auto_organize_exclusions: fc.constantFrom('a*; b*,c', ['x', ' x '], [], null),
    metadata_refresh_skip_paths: fc.constantFrom('\\a\\b/, c', []),
    proxy_port: fc.constantFrom(8080, '8080', ''),
    proxy_password: fc.constantFrom('pa ss', '', '__DELETE__'),
    civitai_api_key: fc.constantFrom('abc', '', null),
    download_stall_timeout_seconds: fc.constantFrom(1, 60, 1e9, null),
    skip_previously_downloaded_model_versions: fc.constantFrom(true, 'on', 'false'),
  },
  { requiredKeys: [] },
);

const badMembers: fc.Arbitrary<readonly [string, unknown]> = fc.constantFrom(
  ['language', 7],
  ['show_only_sfw', 'yes'],
  ['mature_blur_level', 'PG'],
  ['hash_chunk_size_mb', 0],
  ['update_channel', 'beta'],
  ['folder_paths', { loras: [7] }],
  ['priority_tags', { lora: 7 }],
  ['download_path_templates', '{'],
  ['proxy_port', 70_000],
  ['proxy_host', 'http://user:word@host'],
  ['civitai_api_key', 'two words'],
  ['example_images_path', '/no/such/folder'],
  ['default_lora_root', '/no/such/folder'],
  ['libraries', {}],
  ['active_library', 'x'],
  ['civitai_api_key_set', true],
  ['unheard_of', 1],
  ['constructor', 1],
);

describe('a change of settings', () => {
  it('W-W30: one bad key of several keeps all of them out, of memory and of the file', async () => {
    const { settings, stored } = await settingsFolder({ language: 'de', later: 1 });
    const changed: unknown[] = [];
    settings.onChanged((keys) => changed.push(keys));
    const change = { show_only_sfw: true, folder_paths: { loras: ['/a'] }, hash_chunk_size_mb: -1, unheard_of: 1 };
    await expect(settings.patch(change as SettingsPatch)).rejects.toMatchObject({
      code: 'validation_failed',
      details: [{ path: 'hash_chunk_size_mb' }, { path: 'unheard_of' }],
    });
    expect(settings.current()).toMatchObject({ language: 'de', show_only_sfw: false, folder_paths: {} });
    await settings.patch({ language: 'fr' });
    expect(stored()).toEqual({ language: 'fr', later: 1 });
    expect(changed).toEqual([['language']]);
  });

  test('of a change of which any part is bad, nothing is taken; one error tells all that is bad', async () => {
    const { settings, file } = await settingsFolder({ language: 'de', later: { deep: [1] } });
    const before = { text: readFileSync(file, 'utf8'), settings: settings.current(), told: settings.told() };
    await fc.assert(
      fc.asyncProperty(goodPatches, fc.array(badMembers, { minLength: 1 }), async (good, bad) => {
        const change = { ...good, ...Object.fromEntries(bad) };
        const refused: unknown = await settings.patch(change as SettingsPatch).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 'validation_failed' });
        const told = new Set(
          (refused as { details: { path: string }[] }).details.map(({ path }) => path.split('.')[0]),
        );
        expect(told).toEqual(new Set(bad.map(([key]) => key)));
        expect({ text: readFileSync(file, 'utf8'), settings: settings.current(), told: settings.told() }).toEqual(
          before,
        );
      }),
      { numRuns: runs },
    );
  });

  test('what is taken is in memory, in the file and after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(goodPatches, { maxLength: 4 }), async (patches) => {
        const { settings, reopened } = await settingsFolder({ later: { deep: [1] }, hash_chunk_size_mb: 'much' });
        for (const patch of patches) await settings.patch(patch);
        const again = await reopened();
        expect(again.current()).toEqual(settings.current());
        expect(again.told()).toEqual(settings.told());
        expect(again.secretOf('proxy_password')).toBe(settings.secretOf('proxy_password'));
        expect(settings.current()).toMatchObject({ later: { deep: [1] } });
      }),
      { numRuns: Math.ceil(runs / 5) },
    );
  });

  test('what it makes of a change, it makes of that again', () => {
    fc.assert(
      fc.property(goodPatches, (patch) => {
        const once = settingsPatchSchema.parse(patch);
        expect(settingsPatchSchema.parse(once)).toEqual(once);
      }),
      { numRuns: runs },
    );
  });

  it('writes what differs from the defaults, and what it does not know as it was', async () => {
    const odd = { later: { deep: [null, 1.5] }, civitai_host: 'civitai.example', language: 'en', theme: null };
    const { settings, stored } = await settingsFolder(odd);
    await settings.patch({ show_only_sfw: true, blur_mature_content: true, hash_chunk_size_mb: 4 });
    expect(stored()).toEqual({
      later: { deep: [null, 1.5] },
      civitai_host: 'civitai.example',
      theme: null,
      show_only_sfw: true,
    });
    expect(Object.keys(stored())).toEqual(['later', 'civitai_host', 'theme', 'show_only_sfw']);
    await settings.patch({ show_only_sfw: null });
    expect(stored()).not.toHaveProperty('show_only_sfw');
  });

  it('writes nothing and tells nobody when everything is as it was', async () => {
    const { settings, file, names } = await settingsFolder();
    settings.onChanged(() => expect.unreachable());
    await settings.patch({ language: 'en', auto_organize_exclusions: [], proxy_password: '' });
    expect(names()).toEqual([]);
    expect(file).toMatch(/settings\.json$/);
  });

  it('changes that are asked for at the same time are all made', async () => {
    const { settings, stored } = await settingsFolder();
    const keys = ['show_only_sfw', 'hide_paid_updates', 'proxy_enabled', 'enable_metadata_archive_db'];
    await Promise.all(keys.map((key) => settings.patch({ [key]: true })));
    expect(stored()).toEqual(Object.fromEntries(keys.map((key) => [key, true])));
  });

  it('keeps what somebody else wrote to the file in the meantime', async () => {
    const { settings, file, stored } = await settingsFolder({ language: 'de' });
    const changed: unknown[] = [];
    settings.onChanged((keys) => changed.push(...keys));
    writeFileSync(file, JSON.stringify({ language: 'de', show_only_sfw: true, later: 2 }));
    await settings.patch({ language: 'fr' });
    expect(stored()).toEqual({ language: 'fr', show_only_sfw: true, later: 2 });
    expect(settings.current()).toMatchObject({ show_only_sfw: true });
    expect(changed).toEqual(['show_only_sfw', 'later', 'language']);
  });

  it('a listener that throws stops nothing', async () => {
    const { settings } = await settingsFolder();
    const heard: unknown[] = [];
    settings.onChanged(() => {
      throw new Error('no');
    });
    const end = settings.onChanged((keys) => heard.push(keys));
    await settings.patch({ language: 'de' });
    end();
    await settings.patch({ language: 'fr' });
    expect(heard).toEqual([['language']]);
  });
});

describe('values', () => {
  it('are brought into one form', async () => {
    const { settings } = await settingsFolder();
    await settings.patch({
      mature_blur_level: ' xxx ',
      auto_organize_exclusions: ' a*;b,\n c ,,a*',
      metadata_refresh_skip_paths: ' \\a\\b\\ ; /a/b/, /',
      download_skip_base_models: 'pony, sdxl 1.0; Unheard',
      download_path_templates: '{"lora": "", "vae": "{author}"}',
      priority_tags: { lora: ' Real(photo), x ' },
      download_stall_timeout_seconds: 3,
      proxy_port: 80,
      skip_previously_downloaded_model_versions: 'on',
    });
    expect(settings.current()).toMatchObject({
      mature_blur_level: 'XXX',
      auto_organize_exclusions: ['a*', 'b', 'c'],
      metadata_refresh_skip_paths: ['a/b'],
      download_skip_base_models: ['Pony', 'SDXL 1.0'],
      download_path_templates: { lora: '', vae: '{author}' },
      priority_tags: { lora: 'Real(photo), x', checkpoint: DEFAULT_PRIORITY_TAGS, embedding: DEFAULT_PRIORITY_TAGS },
      download_stall_timeout_seconds: 30,
      proxy_port: '80',
      skip_previously_downloaded_model_versions: true,
    });
    const organize = settings.organizeSettings();
    expect(['lora', 'vae', 'embedding'].map((type) => organize.templateOf(type))).toEqual([
      '',
      '{author}',
      '{base_model}/{first_tag}',
    ]);
    expect([organize.priorityTagsOf('lora'), organize.priorityTagsOf('toString')]).toEqual([
      'Real(photo), x',
      DEFAULT_PRIORITY_TAGS,
    ]);
    await settings.patch({ base_model_path_mappings: { 'SDXL 1.0': 'XL' }, auto_organize_exclusions: ['a,b', ' '] });
    expect([organize.exclusions, organize.baseModelPathMappings]).toEqual([['a,b'], { 'SDXL 1.0': 'XL' }]);
  });

  it('of a file that cannot be meant are the defaults, are told, and stay in the file', async () => {
    const odd = {
      priority_tags: { lora: ' a ', vae: 'v', checkpoint: 7 },
      auto_organize_exclusions: 'a;b',
      mature_blur_level: 'pg13',
      hash_chunk_size_mb: -3,
      download_path_templates: '{broken',
      libraries: 7,
    };
    const { settings, stored } = await settingsFolder(odd);
    expect(settings.current()).toMatchObject({
      priority_tags: { lora: 'a', vae: 'v', checkpoint: DEFAULT_PRIORITY_TAGS, embedding: DEFAULT_PRIORITY_TAGS },
      auto_organize_exclusions: ['a', 'b'],
      mature_blur_level: 'PG13',
      hash_chunk_size_mb: 4,
      download_path_templates: {},
    });
    const [message] = settings.messages();
    expect(message).toMatchObject({ code: 'settings_unusable_values', severity: 'warning' });
    expect(message?.message).toMatch(/hash_chunk_size_mb, download_path_templates, libraries/);
    await settings.patch({ language: 'de' });
    expect(stored()).toEqual({ ...odd, language: 'de' });
  });

  it('an old single template holds for all three types until templates are set', async () => {
    const { settings, stored } = await settingsFolder({ download_path_template: '{author}' });
    expect(settings.current().download_path_templates).toEqual({
      lora: '{author}',
      checkpoint: '{author}',
      embedding: '{author}',
    });
    await settings.patch({ download_path_templates: {} });
    expect(stored()).toEqual({});
    expect(settings.organizeSettings().templateOf('lora')).toBe('{base_model}/{first_tag}');
  });

  it('nobody who holds the settings can change them', async () => {
    const given = { later: { list: [1] } };
    const settings = new SettingsManager(given);
    expect(() => settings.current().auto_organize_exclusions.push('x')).toThrow(TypeError);
    expect(() => Object.assign(settings.current(), { language: 'de' })).toThrow(TypeError);
    given.later.list.push(2);
    expect(settings.current()).toMatchObject({ later: { list: [1] } });
    expect(settingsSchema.parse({})).toMatchObject({ auto_organize_exclusions: [] });
  });
});

describe('folders', () => {
  it('may not be checkpoints and diffusion models both, nor primary and extra, links resolved', async () => {
    const { folder, settings } = await settingsFolder();
    for (const name of ['a', 'b', 'a/inner']) mkdirSync(join(folder, name));
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    symlinkSync(join(folder, 'b'), join(folder, 'a/linked'));
    const [a, b, link] = ['a', 'b', 'link'].map((name) => join(folder, name)) as [string, string, string];
    const refused = (patch: SettingsPatch) => settings.patch(patch).then(() => 'taken', details);
    expect(await refused({ folder_paths: { checkpoints: [b, a], unet: [link] } })).toEqual([
      { path: 'folder_paths.unet.0', message: 'is a folder of checkpoints' },
    ]);
    expect(await refused({ folder_paths: { checkpoints: [a] }, extra_folder_paths: { unet: [link] } })).toEqual([
      { path: 'extra_folder_paths.unet.0', message: 'is a folder of checkpoints' },
    ]);
    expect(await refused({ folder_paths: { loras: [a] }, extra_folder_paths: { loras: [link] } })).toEqual([
      { path: 'extra_folder_paths.loras.0', message: 'is among the folder_paths already' },
    ]);
    expect(await refused({ folder_paths: { loras: [a] }, extra_folder_paths: { loras: [b] } })).toEqual([
      { path: 'extra_folder_paths.loras.0', message: 'is what a link in one of the folder_paths leads to' },
    ]);
    expect(settings.current().folder_paths).toEqual({});
    expect(await refused({ folder_paths: { loras: [` ${a} `, a, ''], unet: join(a, 'inner') } })).toBe('taken');
    expect(settings.current().folder_paths).toEqual({ loras: [a], unet: [join(a, 'inner')] });
    expect(await refused({ folder_paths: { loras: ['/a\0'] } })).toEqual([
      { path: 'folder_paths.loras.0', message: 'holds a NUL character' },
    ]);
  });

  it('are the only places that a default root can be; an empty or stale one is the first folder', async () => {
    const paths = { folder_paths: { loras: ['/a', '/b'], unet: ['/u'] }, extra_folder_paths: { loras: ['/c'] } };
    const { settings } = await settingsFolder({ ...paths, default_lora_root: '/gone' });
    expect(settings.current()).toMatchObject({
      default_lora_root: '/a',
      default_unet_root: '/u',
      default_embedding_root: '',
    });
    await settings.patch({ default_lora_root: '/c/' });
    expect(settings.current().default_lora_root).toBe('/c/');
    await expect(settings.patch({ default_lora_root: '/u' })).rejects.toMatchObject({ code: 'validation_failed' });
    await settings.patch({ default_lora_root: '/n', folder_paths: { loras: ['/n'] } });
    expect(settings.current().default_lora_root).toBe('/n');
  });

  it('of the host win, are told, and cannot be changed here', async () => {
    const stored = { folder_paths: { loras: ['/a'] } };
    const { settings } = await settingsFolder(stored, { roots: { loras: [{ path: '/host', scan: 'watch' }] } });
    expect(settings.current().default_lora_root).toBe('/host');
    expect(settings.messages()).toMatchObject([{ code: 'folders_managed_by_host', severity: 'info' }]);
    const change = settings.patch({ language: 'de', folder_paths: { loras: ['/b'] } });
    await expect(change).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/managed by the host/),
    });
    await settings.patch({ folder_paths: { loras: ['/a'] }, extra_folder_paths: { loras: ['/b'] } });
    expect(settings.current()).toMatchObject({ language: 'en', extra_folder_paths: { loras: ['/b'] } });
  });
});

describe('without a settings file', () => {
  it('changes are kept in memory, and a message says so', async () => {
    const settings = await SettingsManager.read(undefined, silentLogger, { environment: {} });
    await settings.patch({ language: 'de' });
    expect(settings.current().language).toBe('de');
    expect(settings.messages()).toMatchObject([{ code: 'settings_not_saved', severity: 'warning' }]);
    expect(settings.told().settings_file).toBe('');
  });
});

const details = (error: unknown): unknown => (error as { details?: unknown }).details;
