import type { CatalogEntry } from '../shapes/catalog-entry.js';
import { isJsonObject, type Json, type JsonObject } from '../shapes/json.js';
import type { ScannedModel } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { LICENCE_KEYS, licenceFields, licenceFlags } from './licence-flags.js';
import { slimCivitai } from './project-entry.js';
import { checkSidecar } from './sidecar-file.js';

/** What a sidecar and an entry call by one name and mean the same by. */
const SHARED = [
  'preview_nsfw_level',
  'notes',
  'from_civitai',
  'civitai_deleted',
  'favorite',
  'exclude',
  'db_checked',
  'skip_metadata_refresh',
  'metadata_source',
  'last_checked_at',
  'usage_tips',
  'sub_type',
  'hf_url',
] as const;

type Draft = { [key: string]: Json | undefined };

/**
 * The sidecar that a model without one would have (docs/behaviour.md, "Editing metadata").
 *
 * Invariant: a model is shown the same before and after it got this sidecar.
 *
 * @param known What a sidecar elsewhere or another tool's file says of it: taken over unless the row shows something else.
 */
export function rawSidecarOfModel({ entry }: Pick<ScannedModel, 'entry'>, known: JsonObject = {}): JsonObject {
  const facts = factsOf(entry);
  const draft: Draft = { ...facts, ...emptySidecar, ...known, ...facts };
  if (entry.autov3 === null) delete draft['autov3'];
  else draft['autov3'] = entry.autov3 === '' ? null : entry.autov3;
  const checked = checkSidecar(structuredClone(draft));
  const said: Partial<Sidecar> = checked.kind === 'ok' ? checked.sidecar : {};
  for (const key of SHARED) {
    if ((said[key] ?? '') === (entry[key] ?? '')) continue;
    if (entry[key] === undefined) delete draft[key];
    else draft[key] = entry[key];
  }
  const tags = (said.tags ?? []).filter((tag) => typeof tag === 'string');
  if (!isEqual(tags, entry.tags)) draft['tags'] = [...entry.tags];
  if (!isEqual(slimCivitai(said.civitai ?? null), entry.civitai))
    draft['civitai'] = structuredClone(entry.civitai ?? {});
  return licenceFlags(draft) === entry.license_flags ? draft : withLicence(draft, entry.license_flags);
}

/** What the disk says, and what a scan keeps of a sidecar whatever else it reads; in the order of a sidecar. */
function factsOf(entry: CatalogEntry): JsonObject {
  const { file_name, model_name, file_path, size, modified, sha256, base_model, preview_url } = entry;
  const hash_status = sha256 === '' ? 'pending' : 'completed';
  return { file_name, model_name, file_path, size, modified, sha256, base_model, preview_url, hash_status };
}

const emptySidecar: JsonObject = {
  preview_nsfw_level: 0,
  notes: '',
  from_civitai: true,
  civitai: {},
  tags: [],
  modelDescription: '',
  civitai_deleted: false,
  favorite: false,
  exclude: false,
  db_checked: false,
  skip_metadata_refresh: false,
  metadata_source: null,
  last_checked_at: 0,
};

/** The licence is said by the remote model, and by the sidecar's own members where there is none. */
function withLicence(sidecar: JsonObject, flags: number | null): JsonObject {
  const civitai = isJsonObject(sidecar['civitai']) ? sidecar['civitai'] : {};
  const model = isJsonObject(civitai['model']) ? civitai['model'] : {};
  const fields = flags === null ? {} : licenceFields(flags);
  const said = { ...without(model, LICENCE_KEYS), ...fields };
  const rest = without(civitai, ['model']);
  return {
    ...without(sidecar, LICENCE_KEYS),
    civitai: Object.keys(said).length === 0 ? rest : { ...rest, model: said },
  };
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
