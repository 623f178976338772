import { isJsonObject } from '../shapes/json.js';

/** The AutoV3 of no bytes at all: some trainers wrote it into every file. */
const HASH_OF_NOTHING = 'e3b0c44298fc';

/** The first 12 digits of what somebody calls an AutoV3; empty when it is none, or that of no bytes. */
export function usableAutov3(value: unknown): string {
  if (typeof value !== 'string') return '';
  const digits = value.trim().toLowerCase().replace(/^0x/, '').slice(0, 12);
  return /^[0-9a-f]{12}$/.test(digits) && digits !== HASH_OF_NOTHING ? digits : '';
}

/** The AutoV3 that a file's own metadata states: 12 lower-case hex digits, or empty when it states none. */
export function autov3FromHeader(metadata: ReadonlyMap<string, string>): string {
  return usableAutov3(metadata.get('sshs_model_hash')) || usableAutov3(metadata.get('modelspec.hash_sha256'));
}

/** The AutoV3 that the remote version object states for the file with this SHA-256; empty when it states none. */
export function autov3FromCivitai(civitai: { readonly [key: string]: unknown } | null, sha256: string): string {
  const files: unknown = civitai?.['files'];
  if (sha256 === '' || !Array.isArray(files)) return '';
  for (const file of files as readonly unknown[]) {
    const hashes = isJsonObject(file) ? file['hashes'] : undefined;
    if (!isJsonObject(hashes)) continue;
    const listed = hashes['SHA256'];
    if (typeof listed === 'string' && listed.trim().toLowerCase() === sha256) return usableAutov3(hashes['AutoV3']);
  }
  return '';
}
