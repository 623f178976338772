import type { CatalogEntry, SlimCivitai } from '../shapes/catalog-entry.js';
import { isJsonObject } from '../shapes/json.js';
import type { FileSignature, ModelRoot } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { licenceFlags } from './licence-flags.js';
import { folderOf, nameOf, relativeTo, stemOf } from './normalise-path.js';
import type { ScanJob } from './scan-job.js';
import { describesSize } from './sidecar-file.js';

/** Everything that an entry is made from. */
export interface EntrySources {
  /** Absolute, `/` separators, below the root. */
  readonly path: string;
  readonly root: ModelRoot;
  readonly file: FileSignature;
  readonly sidecar: Sidecar | null;
  /** Absolute path of the preview; empty when there is none. */
  readonly preview: string;
  /** 12 hex digits; empty: looked for, none; null: not looked for. */
  readonly autov3: string | null;
  readonly defaults: ScanJob['defaults'];
}

type Fields = { readonly [key: string]: unknown };

const textOr = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function integerOr(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isSafeInteger(number) ? Number(number) : undefined;
}

const onlyTexts = (values: readonly unknown[]): string[] =>
  values.filter((value): value is string => typeof value === 'string');

/** The members of a remote version object that the catalog keeps; null when none of them is there. */
export function slimCivitai(civitai: Fields | null): SlimCivitai | null {
  if (civitai === null) return null;
  const { id, modelId, name, creator, trainedWords, model } = civitai;
  const slim: SlimCivitai = {};
  const versionId = integerOr(id);
  if (versionId !== undefined) slim.id = versionId;
  const parentId = integerOr(modelId);
  if (parentId !== undefined) slim.modelId = parentId;
  const versionName = textOr(name);
  if (versionName !== undefined) slim.name = versionName;
  const username = isJsonObject(creator) ? textOr(creator['username']) : undefined;
  if (username !== undefined) slim.creator = { username };
  const words = Array.isArray(trainedWords) ? onlyTexts(trainedWords) : [];
  if (words.length > 0) slim.trainedWords = words;
  const type = isJsonObject(model) ? textOr(model['type']) : undefined;
  if (type !== undefined) slim.model = { type };
  return Object.keys(slim).length === 0 ? null : slim;
}

function sha256Of(text: string): string {
  const digest = text.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(digest) ? digest : '';
}

/** The SHA-256 that a sidecar states of a file of this size; empty when it states none, or one of another file. */
export function statedSha256(sidecar: Partial<Sidecar>, size: number): string {
  return describesSize(sidecar, size) ? sha256Of(sidecar.sha256 ?? '') : '';
}

const firstNonBlank = (...values: (string | null | undefined)[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string' && value.trim() !== '')?.trim();

/** What the sidecar of a model without one would say. */
function defaultSidecar(stem: string, defaults: ScanJob['defaults']): Partial<Sidecar> {
  return { model_name: stem, base_model: 'Unknown', from_civitai: defaults.from_civitai };
}

/**
 * The catalog's entry of one model file (docs/behaviour.md, "Catalog entry").
 *
 * Name, path and size are those of the real file: a sidecar tells them as of the import, and files are moved and
 * replaced. The digest is the sidecar's only as long as the file has the size that the sidecar states, give or take
 * 1,024 bytes. An unknown digest is `pending` whatever the sidecar calls it, so that it is taken up again.
 */
export function projectEntry(sources: EntrySources): CatalogEntry {
  const { path, root, file, sidecar, defaults } = sources;
  const stem = stemOf(nameOf(path));
  const known: Partial<Sidecar> = sidecar ?? defaultSidecar(stem, defaults);
  const sha256 = statedSha256(known, file.size);
  const subType = firstNonBlank(root.subType, known.sub_type, defaults.sub_type);
  const imported = known.modified ?? 0;
  return {
    file_path: path,
    file_name: stem,
    model_name: known.model_name ?? '',
    folder: relativeTo(root.path, folderOf(path)),
    size: file.size,
    modified: imported > 0 ? imported : file.mtimeMs / 1000,
    sha256,
    autov3: sources.autov3,
    base_model: known.base_model ?? '',
    preview_url: sources.preview,
    preview_nsfw_level: known.preview_nsfw_level ?? 0,
    from_civitai: known.from_civitai ?? true,
    favorite: known.favorite ?? false,
    exclude: known.exclude ?? false,
    db_checked: known.db_checked ?? false,
    civitai_deleted: known.civitai_deleted ?? false,
    skip_metadata_refresh: known.skip_metadata_refresh ?? false,
    notes: known.notes ?? '',
    usage_tips: textOr(known.usage_tips) ?? defaults.usage_tips,
    metadata_source: known.metadata_source ?? null,
    last_checked_at: known.last_checked_at ?? 0,
    tags: onlyTexts(known.tags ?? []),
    civitai: slimCivitai(known.civitai ?? null),
    hf_url: known.hf_url ?? '',
    license_flags: sidecar === null ? null : licenceFlags(sidecar),
    ...(subType === undefined ? {} : { sub_type: subType }),
    hash_status: sha256 === '' ? 'pending' : 'completed',
  };
}
