import { baseModelName } from '../../disk/base-model-name.js';
import { LICENCE_KEYS } from '../../disk/licence-flags.js';
import { isJsonObject, type Json, type JsonObject } from '../../shapes/json.js';

/**
 * A sidecar that is linked to another remote version (docs/behaviour.md, "Linking to a remote version").
 *
 * Invariant: `sha256`, and what a user wrote, are never overwritten.
 *
 * @param remote The version object as the provider answers it.
 */
export function mergeRemoteVersion(sidecar: JsonObject, remote: JsonObject): JsonObject {
  const before = objectIn(sidecar, 'civitai');
  const about = objectIn(remote, 'model');
  const name = textIn(about, 'name');
  const autov3 = autov3Of(remote, textIn(sidecar, 'sha256'));
  return {
    ...sidecar,
    civitai: mergedVersion(before, remote),
    ...(name === '' ? {} : { model_name: name }),
    ...(isEmpty(sidecar['modelDescription']) && textIn(about, 'description') !== ''
      ? { modelDescription: textIn(about, 'description') }
      : {}),
    ...(isEmpty(sidecar['tags']) && isList(about['tags']) ? { tags: about['tags'] } : {}),
    base_model: baseModelName(textIn(remote, 'baseModel')),
    ...(autov3 === undefined ? {} : { autov3 }),
  };
}

function mergedVersion(before: JsonObject, remote: JsonObject): JsonObject {
  const about = objectIn(remote, 'model');
  // What an archive knows must not take the place of what the site itself said.
  const merged = isFullVersion(before) && !isFullVersion(remote) ? before : { ...before, ...remote };
  const creator = remote['creator'] ?? about['creator'];
  const licence = Object.fromEntries(Object.entries(about).filter(([key]) => LICENCE_KEYS.includes(key)));
  return {
    ...merged,
    ...('trainedWords' in before ? { trainedWords: union(before['trainedWords'], remote['trainedWords']) } : {}),
    ...(isEmpty(before['creator']) ? (creator === undefined ? {} : { creator }) : { creator: before['creator'] }),
    ...(Object.keys(licence).length === 0 ? {} : { model: { ...objectIn(merged, 'model'), ...licence } }),
  };
}

/** Whether a version object is the whole answer of the site's own API. */
function isFullVersion(version: JsonObject): boolean {
  const source = version['source'];
  return (
    !isEmpty(version['files']) && !isEmpty(version['images']) && source !== 'archive_db' && source !== 'civarchive'
  );
}

/** The AutoV3 that the provider reports of the file with this digest. */
function autov3Of(remote: JsonObject, sha256: string): string | undefined {
  if (sha256 === '') return undefined;
  for (const file of listOf(remote['files'])) {
    const hashes = isJsonObject(file) ? objectIn(file, 'hashes') : {};
    if (textIn(hashes, 'SHA256').toLowerCase() !== sha256.toLowerCase()) continue;
    const autov3 = textIn(hashes, 'AutoV3').toLowerCase();
    if (/^[0-9a-f]{12}/.test(autov3)) return autov3.slice(0, 12);
  }
  return undefined;
}

function union(one: Json | undefined, other: Json | undefined): Json[] {
  return [...new Set([...listOf(one), ...listOf(other)])];
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

function objectIn(value: JsonObject, key: string): JsonObject {
  const member = value[key];
  return isJsonObject(member) ? member : {};
}

function textIn(value: JsonObject, key: string): string {
  const member = value[key];
  return typeof member === 'string' ? member : '';
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
