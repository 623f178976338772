import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActivatedLibrary } from '../../../src/services/settings/settings-libraries.js';
import { newLibrarySchema, type NewLibrary } from '../../../src/shapes/library-record.js';
import { failingFiles, settingsFolder } from './settings-folder.js';

const NOON_TEXT = '2026-03-09T12:00:00Z';

const libraryOf = (folders: Record<string, string[]>, more: Partial<NewLibrary> = {}): NewLibrary =>
  newLibrarySchema.parse({ folder_paths: folders, ...more });

const noApply = (): Promise<void> => expect.unreachable();

describe('libraries', () => {
  it('are one, named default, in a file that tells of none', async () => {
    const { settings, names } = await settingsFolder({ folder_paths: { loras: ['/a'] }, recipes_path: '/r' });
    expect(settings.libraries.list()).toEqual({
      active_library: 'default',
      libraries: {
        default: {
          folder_paths: { loras: ['/a'] },
          extra_folder_paths: {},
          default_lora_root: '',
          default_checkpoint_root: '',
          default_unet_root: '',
          default_embedding_root: '',
          recipes_path: '/r',
          created_at: NOON_TEXT,
          updated_at: NOON_TEXT,
        },
      },
    });
    expect(names()).toEqual(['settings.json']);
  });

  it('are made, become active, and the paths at the top of the file are those of the active one', async () => {
    const { settings, stored, reopened } = await settingsFolder({ folder_paths: { loras: ['/a'] }, language: 'de' });
    const { libraries } = settings;
    await libraries.create('work', libraryOf({ loras: ['/w'] }, { metadata: { colour: 'red' } }));
    expect(settings.activeFolders()).toEqual({ folder_paths: { loras: ['/a'] }, extra_folder_paths: {} });
    const applied: ActivatedLibrary[] = [];
    const activated: string[] = [];
    settings.onLibraryActivated(({ name }) => activated.push(name));
    const list = await libraries.activate('work', async (library) => {
      applied.push(library);
      expect(stored()).toMatchObject({ active_library: 'work', folder_paths: { loras: ['/w'] } });
      expect(activated).toEqual([]);
    });
    expect(list.active_library).toBe('work');
    expect(list.libraries['work']).toMatchObject({ metadata: { colour: 'red' }, created_at: NOON_TEXT });
    expect(applied).toEqual([{ name: 'work', folder_paths: { loras: ['/w'] }, extra_folder_paths: {} }]);
    expect(activated).toEqual(['work']);
    expect(settings.current()).toMatchObject({ language: 'de', default_lora_root: '/w' });
    await settings.patch({ folder_paths: { loras: ['/w', '/x'] } });
    await libraries.activate('default', async () => undefined);
    expect(settings.current().folder_paths).toEqual({ loras: ['/a'] });
    expect(libraries.list().libraries['work']?.folder_paths).toEqual({ loras: ['/w', '/x'] });
    expect((await reopened()).libraries.list()).toEqual(libraries.list());
  });

  it('are applied also when they are active already', async () => {
    const { settings } = await settingsFolder({ folder_paths: { loras: ['/a'] } });
    let times = 0;
    await settings.libraries.activate('default', async () => void (times += 1));
    expect(times).toBe(1);
  });

  it('when one cannot be applied, the former library is active again, in the file too', async () => {
    const { settings, stored, reopened } = await settingsFolder({ folder_paths: { loras: ['/a'] } });
    await settings.libraries.create('work', libraryOf({ loras: ['/w'] }));
    settings.onLibraryActivated(() => expect.unreachable());
    const before = { list: settings.libraries.list(), stored: stored(), current: settings.current() };
    const failing = settings.libraries.activate('work', () => Promise.reject(new Error('no such drive')));
    await expect(failing).rejects.toThrow('no such drive');
    expect({ list: settings.libraries.list(), stored: stored(), current: settings.current() }).toEqual(before);
    expect((await reopened()).libraries.list()).toEqual(before.list);
  });

  it('W-W30: one that cannot be saved is not applied', async () => {
    let full = false;
    const { files } = failingFiles(() => (full ? 'ENOSPC' : undefined));
    const { settings } = await settingsFolder({ folder_paths: { loras: ['/a'] } }, { files });
    await settings.libraries.create('work', libraryOf({ loras: ['/w'] }));
    full = true;
    await expect(settings.libraries.activate('work', noApply)).rejects.toMatchObject({ code: 'disk_full' });
    expect(settings.libraries.list().active_library).toBe('default');
  });

  it('cannot have a name that is taken, nor a folder of another library under the same category, links resolved', async () => {
    const { folder, settings } = await settingsFolder();
    const real = join(folder, 'real');
    mkdirSync(real);
    symlinkSync(real, join(folder, 'link'));
    await settings.patch({ folder_paths: { loras: [real] } });
    const { libraries } = settings;
    await expect(libraries.create('default', libraryOf({}))).rejects.toMatchObject({ code: 'conflict' });
    const twin = libraryOf({ loras: ['/x', join(folder, 'link')] });
    await expect(libraries.create('twin', twin)).rejects.toMatchObject({
      code: 'validation_failed',
      details: [{ path: 'folder_paths.loras.1', message: 'is a folder of the library "default"' }],
    });
    await libraries.create('other', libraryOf({ embeddings: [join(folder, 'link')], loras: ['/o'] }));
    await expect(settings.patch({ extra_folder_paths: { loras: ['/o'] } })).rejects.toMatchObject({
      details: [{ path: 'extra_folder_paths.loras.0', message: 'is a folder of the library "other"' }],
    });
  });

  it('are renamed, with the mark of the active one', async () => {
    const { settings, stored } = await settingsFolder();
    const { libraries } = settings;
    await libraries.create('b', libraryOf({}));
    const { active_library, libraries: named } = await libraries.rename('default', 'a');
    expect([active_library, Object.keys(named)]).toEqual(['a', ['a', 'b']]);
    await expect(libraries.rename('a', 'b')).rejects.toMatchObject({ code: 'conflict' });
    await expect(libraries.rename('x', 'y')).rejects.toMatchObject({ code: 'not_found' });
    expect(stored()).toMatchObject({ active_library: 'a' });
  });

  it('are forgotten, but never the last one; of the active one the first that remains becomes active', async () => {
    const { settings } = await settingsFolder({ folder_paths: { loras: ['/a'] } });
    const { libraries } = settings;
    await expect(libraries.delete('default', noApply)).rejects.toMatchObject({ code: 'conflict' });
    await expect(libraries.delete('x', noApply)).rejects.toMatchObject({ code: 'not_found' });
    for (const name of ['b', 'c']) await libraries.create(name, libraryOf({ loras: [`/${name}`] }));
    expect(Object.keys((await libraries.delete('c', noApply)).libraries)).toEqual(['default', 'b']);
    const applied: string[] = [];
    const { active_library } = await libraries.delete('default', async ({ name }) => void applied.push(name));
    expect([active_library, applied, settings.current().folder_paths]).toEqual(['b', ['b'], { loras: ['/b'] }]);
  });

  it('cannot be activated where the host manages the folders, and can be kept', async () => {
    const { settings } = await settingsFolder({}, { roots: { loras: ['/host'] } });
    await settings.libraries.create('b', libraryOf({}));
    for (const change of [settings.libraries.activate('b', noApply), settings.libraries.delete('default', noApply)]) {
      await expect(change).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/by the host/) });
    }
    expect(settings.libraries.list().active_library).toBe('default');
  });

  it('of a file win over the paths at its top, and what they do not say is taken from there', async () => {
    const { settings, stored } = await settingsFolder({
      folder_paths: { loras: ['/top'] },
      recipes_path: '/r',
      active_library: 'b',
      libraries: { a: { folder_paths: null, later: 1 }, b: { folder_paths: { loras: ['/b'] }, later: 2 }, c: 7 },
    });
    expect(settings.current()).toMatchObject({ folder_paths: { loras: ['/b'] }, recipes_path: '/r' });
    const texts = settings.messages().map(({ code, message }) => [code, message]);
    expect(texts).toEqual([
      ['settings_unusable_values', expect.stringContaining('libraries.c')],
      ['settings_overruled', expect.stringContaining('folder_paths')],
    ]);
    await settings.libraries.activate('a', async () => undefined);
    expect(stored()).toMatchObject({
      active_library: 'a',
      libraries: { a: { later: 1 }, b: { folder_paths: { loras: ['/b'] }, recipes_path: '/r', later: 2 }, c: 7 },
    });
    expect(stored()).not.toHaveProperty('folder_paths');
    expect(stored()).not.toHaveProperty('recipes_path');
  });

  it('hear of an activation without being able to stop it', async () => {
    const { settings } = await settingsFolder();
    settings.onLibraryActivated(() => {
      throw new Error('no');
    });
    expect((await settings.libraries.activate('default', async () => undefined)).active_library).toBe('default');
  });
});
