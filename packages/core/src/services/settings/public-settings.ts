import { isJsonObject } from '../../shapes/json.js';
import { isSettingKey, SECRET_KEYS } from '../../shapes/settings.js';
import type { SettingsState } from './settings-state.js';

/** The settings as a client may see them. */
export interface PublicSettings {
  readonly [key: string]: unknown;
  readonly civitai_api_key_set: boolean;
  readonly llm_api_key_set: boolean;
  readonly proxy_password_set: boolean;
  /** Empty when there is none. */
  readonly settings_file: string;
}

/** What clients of the plugin are not told either. */
const UNTOLD = new Set(['hash_chunk_size_mb', 'download_stall_timeout_seconds', 'folder_paths']);

/** Names of what another program may keep in the file, and nobody else is to read. */
const SECRET_NAME = /(?:key|token|secret|passw(?:or)?d|passphrase|credentials?|auth(?:orization)?|cookies?)s?$/i;

const OWN_SECRETS: ReadonlySet<string> = new Set(SECRET_KEYS);

/**
 * What a client may see of the settings: all that are not null, and of secrets whether they are set.
 *
 * Invariant: no secret leaves, whoever put it into the file.
 */
export function publicSettingsOf({ settings, secrets }: SettingsState, file: string): PublicSettings {
  const all = Object.entries(settings).filter(
    ([key, value]) => value !== null && value !== undefined && !UNTOLD.has(key),
  );
  const known = all.filter(([key]) => isSettingKey(key));
  const unknown = all.filter(([key]) => !isSettingKey(key));
  return {
    ...withoutSecrets(Object.fromEntries(unknown)),
    ...Object.fromEntries(known),
    civitai_api_key_set: secrets.civitai_api_key !== undefined,
    llm_api_key_set: secrets.llm_api_key !== undefined,
    proxy_password_set: secrets.proxy_password !== undefined,
    settings_file: file,
  };
}

/** The object without members that are named like secrets, however deep. */
export function withoutSecrets(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const told = Object.entries(object).filter(([key]) => !isSecretName(key));
  return Object.fromEntries(told.map(([key, member]) => [key, partWithoutSecrets(member)]));
}

function partWithoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(partWithoutSecrets);
  return isJsonObject(value) ? withoutSecrets(value) : value;
}

/** By a whole word anywhere, or by how the name ends: `accessTokenOfHub`, `openai_api_key_2`, `apikey`. */
function isSecretName(key: string): boolean {
  if (OWN_SECRETS.has(key)) return true;
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/);
  return [key, ...words].some((part) => SECRET_NAME.test(part));
}
