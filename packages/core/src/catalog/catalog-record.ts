import type { ModelType } from '../model-types/model-type.js';
import { subTypeOf } from '../model-types/sub-type.js';
import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { ScannedModel } from '../shapes/scan.js';
import { groupKeyOf, type GroupKey } from './group-key.js';
import type { InternedTexts } from './interned-texts.js';

/** Which of a model's two names it is listed under. */
export type NameDisplay = 'model_name' | 'file_name';

/** One model with everything that queries need, worked out once when it enters the catalog. Never changed: replaced. */
export interface CatalogRecord extends ScannedModel {
  /** Small integer, the model's place in indexes; used again after a removal. */
  readonly id: number;
  /** Rises from one model that enters to the next. */
  readonly sequence: number;
  readonly entry: Readonly<CatalogEntry>;
  /** What the model is within its type, lower case. */
  readonly subType: string;
  readonly group: GroupKey | null;
  /** The displayed name in lower case. */
  readonly nameText: string;
  /** What searches look into, lower case. */
  readonly fileNameText: string;
  readonly modelNameText: string;
  readonly creatorText: string;
  /** Distinct tags, trimmed and in lower case. */
  readonly tagTexts: readonly string[];
}

/** What a record is built with. */
export interface RecordOptions {
  readonly modelType: ModelType;
  readonly nameDisplay: NameDisplay;
  readonly texts: InternedTexts;
}

/** Builds the record of a scanned model. */
export function createCatalogRecord(
  place: { readonly id: number; readonly sequence: number },
  scanned: ScannedModel,
  { modelType, nameDisplay, texts }: RecordOptions,
): CatalogRecord {
  const { entry } = scanned;
  if (!Object.isFrozen(entry)) shareTexts(entry, texts);
  const fileNameText = sameOr(entry.file_name, entry.file_name.toLowerCase());
  const modelNameText = sameOr(fileNameText, sameOr(entry.model_name, entry.model_name.toLowerCase()));
  const preferred = nameDisplay === 'model_name' ? modelNameText : fileNameText;
  return {
    id: place.id,
    sequence: place.sequence,
    root: texts.of(scanned.root),
    entry,
    file: scanned.file,
    sidecar: scanned.sidecar,
    origin: scanned.origin,
    digest: scanned.digest,
    stamp: scanned.stamp,
    aliases: scanned.aliases,
    subType: texts.of(subTypeOf(modelType, entry).toLowerCase()),
    group: groupKeyOf(entry),
    nameText: preferred || modelNameText || fileNameText,
    fileNameText,
    modelNameText,
    creatorText: texts.of((entry.civitai?.creator?.username ?? '').toLowerCase()),
    tagTexts: tagTextsOf(entry.tags, texts),
  };
}

/** The first text when both are equal, so that one of them is kept in memory. */
const sameOr = (kept: string, text: string): string => (kept === text ? kept : text);

/**
 * Parsed rows bring a copy of every text; those that many models share are kept once. Each takes the place of an equal one
 * in the entry itself, which nobody can tell: a copy of a hundred thousand entries would be their memory twice.
 */
function shareTexts(entry: CatalogEntry, texts: InternedTexts): void {
  const { tags, civitai } = entry;
  entry.model_name = sameOr(entry.file_name, entry.model_name);
  entry.folder = texts.of(entry.folder);
  entry.base_model = texts.of(entry.base_model);
  entry.usage_tips = texts.of(entry.usage_tips);
  for (let at = 0; at < tags.length; at++) tags[at] = texts.of(tags[at] ?? '');
  if (civitai?.creator !== undefined) civitai.creator.username = texts.of(civitai.creator.username);
}

const cleanTag = (tag: string): string => tag.trim().toLowerCase();
const isClean = (tag: string, at: number, tags: readonly string[]): boolean =>
  cleanTag(tag) === tag && tags.indexOf(tag) === at;

/** The entry's own array when it is already clean: most are. */
function tagTextsOf(tags: readonly string[], texts: InternedTexts): readonly string[] {
  return tags.every(isClean) ? tags : [...new Set(tags.map(cleanTag))].map((tag) => texts.of(tag));
}
