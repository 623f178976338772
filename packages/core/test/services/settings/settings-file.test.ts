import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { silentLogger } from '../../../src/ports/logger.js';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { SettingsManager } from '../../../src/services/settings/settings-manager.js';
import { failingFiles, settingsFolder } from './settings-folder.js';

const ASIDE = 'settings.json.unreadable-2026-03-09T12-00-00.000Z';

describe('a settings file that is written', () => {
  const kinds = [
    ['of settings', JSON.stringify({ language: 'de', later: 1 })],
    ['that is no JSON', '{"language": "de"'],
    ['that is not there', undefined],
  ] as const;

  for (const [kind, text] of kinds) {
    for (const code of ['ENOSPC', 'EACCES', 'EROFS', 'EIO']) {
      test(`W-W30: ${code} at any step leaves a file ${kind} as it was, memory too, and is told`, async () => {
        for (let failing = 0; ; failing += 1) {
          let armed = true;
          const { files, calls } = failingFiles((_operation, call) => (armed && call === failing ? code : undefined));
          const { settings, names, file } = await settingsFolder(text, { files });
          const before = { names: names(), current: settings.current() };
          const outcome: unknown = await settings.patch({ language: 'fr' }).then(
            () => 'taken',
            (error: unknown) => error,
          );
          if (calls.length <= failing) {
            expect(outcome).toBe('taken');
            expect(failing).toBe(text?.endsWith('"de"') === true ? 6 : 3);
            return;
          }
          // Where folders cannot be flushed, nothing better can be had.
          if (outcome === 'taken') expect([code, calls[failing]]).toEqual(['EACCES', 'syncFolder']);
          else {
            expect(outcome).toMatchObject({ name: 'ModelshelfError', code: expect.not.stringMatching(/^internal$/) });
            expect({ names: names(), current: settings.current() }).toEqual(before);
            if (text !== undefined) expect(readFileSync(file, 'utf8')).toBe(text);
          }
          armed = false;
          await settings.patch({ language: 'es' });
          const { language } = JSON.parse(readFileSync(file, 'utf8')) as { language: string };
          expect([settings.current().language, language]).toEqual(['es', 'es']);
        }
      });
    }
  }

  test('a crash at any point leaves the old or the new file, whole; when it rejects, the old one is there', async () => {
    const old = JSON.stringify({ language: 'de', later: 1 });
    const seen = new Set<string>();
    for (let dead = 0; dead < 4; dead += 1) {
      // From one call on nothing happens any more, not even what would tidy up.
      const { files, calls } = failingFiles((_operation, call) => (call >= dead ? 'EIO' : undefined));
      const gone = { ...files, unlink: () => Promise.reject(new Error('gone')) };
      const { settings, file, reopened } = await settingsFolder(old, { files: gone });
      await settings.patch({ language: 'fr' }).catch(() => undefined);
      const { language } = (await reopened()).current();
      seen.add(language);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ language, later: 1 });
      expect(calls.length).toBeGreaterThan(0);
    }
    expect([...seen].sort()).toEqual(['de', 'fr']);
  });

  it('is for its owner when it is new, and keeps its permissions when it is not', async () => {
    const modes: (number | undefined)[] = [];
    const files = {
      ...nodeFileOperations,
      writeNew: async (path: string, content: string, mode?: number) => {
        modes.push(mode);
        await nodeFileOperations.writeNew(path, content);
      },
    };
    const fresh = await settingsFolder(undefined, { files });
    await fresh.settings.patch({ civitai_api_key: 'abc' });
    const old = await settingsFolder({}, { files });
    chmodSync(old.file, 0o640);
    await old.settings.patch({ civitai_api_key: 'abc' });
    expect(modes).toEqual([0o600, 0o640]);
  });

  it('that is a link stays one', async () => {
    const { folder, file, reopened } = await settingsFolder({ language: 'de' });
    mkdirSync(join(folder, 'real'));
    renameSync(file, join(folder, 'real/s.json'));
    symlinkSync('real/s.json', file);
    await (await reopened()).patch({ language: 'fr' });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'real/s.json'), 'utf8'))).toEqual({ language: 'fr' });
  });

  it('in a folder that is not there is an error', async () => {
    const { folder } = await settingsFolder();
    const settings = await SettingsManager.read(join(folder, 'no/settings.json'), silentLogger, { environment: {} });
    await expect(settings.patch({ language: 'de' })).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(settings.current().language).toBe('en');
  });
});

describe('a settings file that cannot be used', () => {
  for (const text of ['{"language": "de"', '[1]', '7', '']) {
    it(`is never overwritten blindly: ${JSON.stringify(text)}`, async () => {
      const { settings, folder, names, stored, reopened } = await settingsFolder(text);
      expect(settings.current().language).toBe('en');
      expect(settings.messages()).toMatchObject([{ code: 'settings_unreadable', severity: 'error' }]);
      expect(names()).toEqual(['settings.json']);
      await settings.patch({ language: 'fr' });
      expect(names()).toEqual(['settings.json', ASIDE]);
      expect(readFileSync(join(folder, ASIDE), 'utf8')).toBe(text);
      expect(stored()).toEqual({ language: 'fr' });
      expect(settings.messages()).toMatchObject([{ code: 'settings_set_aside' }]);
      expect(settings.messages()[0]?.message).toContain(ASIDE);
      expect((await reopened()).messages()).toEqual([]);
    });
  }

  it('because it broke later is set aside, and what was known is written; each copy has a name of its own', async () => {
    const { settings, file, names, stored } = await settingsFolder({ language: 'de', later: 1 });
    for (const show_only_sfw of [true, false]) {
      writeFileSync(file, '{broken');
      await settings.patch({ show_only_sfw });
    }
    expect(stored()).toEqual({ language: 'de', later: 1 });
    expect(names()).toEqual(['settings.json', ASIDE, `${ASIDE}-1`]);
  });

  it('because it is a folder stays one', async () => {
    const { settings, file } = await settingsFolder();
    mkdirSync(file);
    await expect(settings.patch({ language: 'de' })).rejects.toMatchObject({ name: 'ModelshelfError' });
    expect(statSync(file).isDirectory()).toBe(true);
    expect(settings.current().language).toBe('en');
  });

  it('because it was repaired by hand is read again before the first change', async () => {
    const { settings, file, names, stored } = await settingsFolder('{');
    writeFileSync(file, '\ufeff{"show_only_sfw": true}');
    await settings.patch({ language: 'de' });
    expect(stored()).toEqual({ show_only_sfw: true, language: 'de' });
    expect(names()).toEqual(['settings.json']);
  });
});
