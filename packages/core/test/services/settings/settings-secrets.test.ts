import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { silentLogger, type Logger } from '../../../src/ports/logger.js';
import { SettingsManager } from '../../../src/services/settings/settings-manager.js';
import { SECRET_KEYS } from '../../../src/shapes/settings.js';
import { settingsFolder } from './settings-folder.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

/** Found nowhere else in an answer. */
const secrets = fc.stringMatching(/^s3cr3t-[a-z0-9]{8}$/);

const secretNames = fc.constantFrom(
  'openai_api_key',
  'apiKey',
  'token',
  'hf_token',
  'password',
  'client-secret',
  'Cookie',
  'openai_api_key_2',
  'accessTokenOfHub',
  'password-hash',
);

describe('secrets', () => {
  it('no part of an unreadable settings file is logged', async () => {
    for (const text of ['{"civitai_api_key": s3cr3t-1234}', 's3cr3t', '{"a": 1} s3cr3t']) {
      const logged: unknown[] = [];
      const note = (message: string, details?: object): void =>
        void logged.push([message, inspect(details, { depth: 9 }), JSON.stringify(details)]);
      const logger: Logger = { ...silentLogger, warn: note, error: note };
      const { file } = await settingsFolder(text);
      await SettingsManager.read(file, logger, { environment: {} });
      expect(logged).toHaveLength(1);
      expect(JSON.stringify(logged)).not.toMatch(/s3cr|cr3t/);
    }
  });

  test('no secret leaves, whoever put it into the file', async () => {
    const members = fc.record({
      own: fc.dictionary(fc.constantFrom(...SECRET_KEYS), secrets),
      foreign: fc.dictionary(secretNames, secrets),
      deep: fc.dictionary(secretNames, fc.oneof(secrets, fc.array(secrets), fc.dictionary(fc.string(), secrets))),
      host: fc.option(secrets),
    });
    await fc.assert(
      fc.asyncProperty(members, async ({ own, foreign, deep, host }) => {
        const records = { default: { folder_paths: { loras: ['/a'] }, ...foreign, metadata: deep }, other: deep };
        const stored = { ...own, ...foreign, llm: { list: [deep] }, libraries: records };
        const environment = host === null ? {} : { CIVITAI_API_KEY: host };
        const { settings } = await settingsFolder(stored, { environment });
        const seen = [settings.told(), settings.messages(), settings.libraries.list()];
        expect(JSON.stringify(seen)).not.toContain('s3cr3t');
        for (const key of SECRET_KEYS) expect(settings.current()).not.toHaveProperty(key);
        expect(settings.told()).toMatchObject({
          civitai_api_key_set: own['civitai_api_key'] !== undefined || host !== null,
          llm_api_key_set: own['llm_api_key'] !== undefined,
          proxy_password_set: own['proxy_password'] !== undefined,
        });
        const refusal: unknown = await settings
          .patch({ ...own, proxy_password: 's3cr3t-\n', llm_api_key: 's3cr3t two' })
          .catch((error: unknown) => error);
        expect(JSON.stringify(refusal) + String(refusal)).not.toContain('s3cr3t');
      }),
      { numRuns: runs },
    );
  });

  it('W-W30: the password of the proxy is masked, and removed by a word', async () => {
    const { settings, stored } = await settingsFolder();
    await settings.patch({ proxy_username: 'me', proxy_password: 'pass word' });
    expect(settings.told()).toMatchObject({ proxy_username: 'me', proxy_password_set: true });
    expect(settings.told()).not.toHaveProperty('proxy_password');
    expect(settings.secretOf('proxy_password')).toBe('pass word');
    const changed: unknown[] = [];
    settings.onChanged((keys) => changed.push(...keys));
    await settings.patch({ proxy_username: '__DELETE__', proxy_password: '__DELETE__' });
    expect(settings.told()).toMatchObject({ proxy_username: '', proxy_password_set: false });
    expect([stored(), changed.sort()]).toEqual([{}, ['proxy_password', 'proxy_username']]);
  });

  it('CIVITAI_API_KEY of the environment wins and is not written', async () => {
    const { settings, stored } = await settingsFolder({}, { environment: { CIVITAI_API_KEY: ' fromhost ' } });
    expect([settings.secretOf('civitai_api_key'), settings.told().civitai_api_key_set]).toEqual(['fromhost', true]);
    expect(settings.messages()).toMatchObject([{ code: 'civitai_api_key_from_environment' }]);
    await settings.patch({ civitai_api_key: 'own', language: 'de' });
    expect(stored()).toEqual({ civitai_api_key: 'own', language: 'de' });
    expect(settings.secretOf('civitai_api_key')).toBe('fromhost');
  });

  it('what names like a secret only by chance is told', async () => {
    const { settings } = await settingsFolder({ base_model_path_mappings: { Monkey: 'm' } });
    expect(settings.told()).toMatchObject({ base_model_path_mappings: { Monkey: 'm' } });
  });
});
