import { describe, expect, it } from 'vitest';
import { SettingsHandler } from '../../src/handlers/settings-handler.js';
import { toProblem } from '../../src/http/problem.js';
import { validateInput } from '../../src/http/validate.js';
import { SETTINGS_ROUTE_DEFINITIONS } from '../../src/routes/settings-route-definitions.js';
import type { SettingsParts } from '../../src/services/settings/settings-manager.js';
import { settingsFolder } from '../services/settings/settings-folder.js';

type Name = (typeof SETTINGS_ROUTE_DEFINITIONS)[number]['handler'];

async function routesOver(content?: object, parts?: SettingsParts) {
  const { settings, file, stored } = await settingsFolder(content, parts);
  const applied: string[] = [];
  const handler = new SettingsHandler({
    settings: () => Promise.resolve(settings),
    applyLibrary: async ({ name }) => void applied.push(name),
  });
  /** The status and the body that a client gets. */
  const ask = async (name: Name, body: unknown = {}) => {
    const definition = SETTINGS_ROUTE_DEFINITIONS.find((each) => each.handler === name);
    if (definition === undefined) return expect.unreachable();
    try {
      const answer = handler[name] as (input: unknown, call: unknown) => Promise<{ body: unknown }>;
      const { body: answered } = await answer(validateInput(definition, {}, '', body), {});
      // What the schema knows is all that is answered.
      expect(definition.reply.parse(answered)).toEqual(answered);
      return [200, JSON.parse(JSON.stringify(answered))] as const;
    } catch (error) {
      const { status, ...problem } = toProblem(error);
      return [status, JSON.parse(JSON.stringify(problem))] as const;
    }
  };
  return { ask, applied, file, stored, settings };
}

describe('the routes of settings', () => {
  it('answer all settings but those that nobody is told of', async () => {
    const { ask, file } = await routesOver({
      folder_paths: { loras: ['/a'] },
      civitai_api_key: 'abc',
      later: 1,
      none: null,
    });
    const [status, { settings, messages, success }] = await ask('getSettings');
    expect([status, success, messages]).toEqual([200, true, []]);
    expect(settings).toMatchObject({
      language: 'en',
      later: 1,
      civitai_api_key_set: true,
      llm_api_key_set: false,
      proxy_password_set: false,
      settings_file: file,
      extra_folder_paths: {},
      default_lora_root: '/a',
    });
    const hidden = [
      'hash_chunk_size_mb',
      'download_stall_timeout_seconds',
      'folder_paths',
      'libraries',
      'active_library',
    ];
    for (const key of [...hidden, 'civitai_api_key', 'llm_api_key', 'proxy_password', 'none']) {
      expect(settings).not.toHaveProperty(key);
    }
  });

  it('W-W30: change all or none, and say what is wrong with a 400', async () => {
    const { ask, stored } = await routesOver({});
    expect(await ask('updateSettings', { language: 'de', show_only_sfw: true })).toEqual([200, { success: true }]);
    const bad = { language: 'fr', update_channel: 'beta', example_images_path: 7, unheard_of: 1 };
    const [status, { code, details }] = await ask('updateSettings', bad);
    expect([status, code]).toEqual([400, 'validation_failed']);
    expect(details.map(({ path }: { path: string }) => path).sort()).toEqual([
      'example_images_path',
      'unheard_of',
      'update_channel',
    ]);
    expect((await ask('updateSettings', [1]))[0]).toBe(400);
    expect((await ask('updateSettings', { example_images_path: 'relative' }))[0]).toBe(400);
    expect(stored()).toEqual({ language: 'de', show_only_sfw: true });
  });

  it('answer the canonical priority tags of every type', async () => {
    const { ask } = await routesOver({ priority_tags: { lora: 'Real(photo|film), anime', vae: '' } });
    const [, { tags }] = await ask('getPriorityTags');
    expect(tags).toMatchObject({ lora: ['Real', 'anime'], vae: [] });
    expect(tags.embedding.slice(0, 2)).toEqual(['character', 'concept']);
  });

  it('make, activate, rename and delete libraries by either name of the field', async () => {
    const { ask, applied } = await routesOver({});
    expect(await ask('createLibrary', { library_name: ' work ', folder_paths: { loras: '/w' } })).toMatchObject([
      200,
      { success: true, active_library: 'default', libraries: { work: { folder_paths: { loras: ['/w'] } } } },
    ]);
    expect(await ask('activateLibrary', { library: ' work' })).toMatchObject([200, { active_library: 'work' }]);
    expect(await ask('renameLibrary', { library: 'work', new_name: 'job' })).toMatchObject([
      200,
      { active_library: 'job' },
    ]);
    expect(await ask('deleteLibrary', { library_name: 'job' })).toMatchObject([200, { active_library: 'default' }]);
    expect(applied).toEqual(['work', 'default']);
    const [, { active_library, libraries }] = await ask('getLibraries');
    expect([active_library, Object.keys(libraries)]).toEqual(['default', ['default']]);
  });

  it('say what is wrong with a name', async () => {
    const { ask } = await routesOver({});
    const required = [400, { message: 'library: Library name is required', code: 'validation_failed' }];
    for (const body of [{}, { library: ' ' }, { library: 7 }]) {
      expect(await ask('activateLibrary', body)).toMatchObject(required);
    }
    expect(await ask('activateLibrary', { library: 'x' })).toEqual([
      404,
      { message: 'There is no library "x".', code: 'not_found' },
    ]);
    expect((await ask('createLibrary', { library: 'default' }))[0]).toBe(409);
    expect((await ask('createLibrary', { library: '__proto__' }))[0]).toBe(400);
    expect((await ask('renameLibrary', { library: 'default', new_name: ' ' }))[0]).toBe(400);
  });
});
