import type { ModelType } from '../model-types/model-type.js';
import { subTypeOf } from '../model-types/sub-type.js';
import type { ListItem } from '../shapes/list-item.js';
import { previewUrlOf } from '../shapes/preview-url.js';
import { autoTagsOf } from './auto-tags.js';
import type { CatalogRecord } from './catalog-record.js';

/** The members of a list item that change with the entry only. */
export type StableItem = Omit<ListItem, 'preview_url' | 'usage_count' | 'update_available' | 'version_count'>;

/** The members of a list item that depend on the request or on other records. */
export interface ItemVariation {
  readonly basePath: string;
  /** 0 unless the list is sorted by it. */
  readonly usageCount: number;
  /** How many models the item stands for; null unless models are grouped. */
  readonly versionCount: number | null;
}

/** The stable members of a model's list item. */
function stableItemOf(type: ModelType, { entry }: CatalogRecord): StableItem {
  const { id, modelId, name, trainedWords } = entry.civitai ?? {};
  return {
    model_name: entry.model_name || entry.file_name,
    file_name: entry.file_name,
    preview_nsfw_level: entry.preview_nsfw_level,
    base_model: entry.base_model,
    folder: entry.folder,
    sha256: entry.sha256,
    file_path: entry.file_path,
    file_size: entry.size,
    modified: entry.modified,
    tags: [...entry.tags],
    from_civitai: entry.from_civitai,
    ...(type.itemHas.usageTips ? { usage_tips: entry.usage_tips } : {}),
    notes: entry.notes,
    favorite: entry.favorite,
    exclude: entry.exclude,
    skip_metadata_refresh: entry.skip_metadata_refresh,
    sub_type: subTypeOf(type, entry),
    civitai: {
      ...(id === undefined ? {} : { id }),
      ...(modelId === undefined ? {} : { modelId }),
      ...(name === undefined ? {} : { name }),
      ...(trainedWords === undefined ? {} : { trainedWords: [...trainedWords] }),
    },
    auto_tags: [...autoTagsOf(entry)],
    hf_url: entry.hf_url,
  };
}

/** The whole list item of a model as plain data. */
export function listItemOf(type: ModelType, record: CatalogRecord, variation: ItemVariation): ListItem {
  const { basePath, usageCount, versionCount } = variation;
  return {
    ...stableItemOf(type, record),
    preview_url: previewUrlOf(record.entry.preview_url, basePath),
    ...(type.itemHas.usageCount ? { usage_count: usageCount } : {}),
    update_available: false,
    version_count: versionCount,
  };
}

const escapeNonAscii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Copied to one byte per character: an escaped text still takes two, and joining such texts is ten times slower. */
const asciiBytes = (ascii: string): string => Buffer.from(ascii, 'latin1').toString('latin1');

/** What stands in front of every preview URL of a request, as part of a JSON text. */
const basePathText = (basePath: string): string => asciiBytes(escapeNonAscii(JSON.stringify(basePath).slice(1, -1)));

/** The JSON text of a list item without its varying members, and of what its preview URL ends in. */
interface Fragment {
  readonly record: CatalogRecord;
  readonly stable: string;
  readonly preview: string;
}

/**
 * List items as JSON text, stringified once per record and joined per request.
 *
 * Invariant: a joined item parses to the same data as `listItemOf`, and is ASCII, so that a page becomes bytes in one
 * copy. A record is replaced when its entry changes, and a fragment counts for its own record only, so that it can never
 * be stale. There is at most one for each id; kept fragments are bounded in bytes, and the oldest go first.
 */
export class ItemFragments {
  readonly #type: ModelType;
  readonly #maxBytes: number;
  readonly #fragments = new Map<number, Fragment>();
  #bytes = 0;
  #lastBase = { path: '', text: '' };

  constructor(type: ModelType, maxBytes: number) {
    this.#type = type;
    this.#maxBytes = maxBytes;
  }

  /** The item of a record as ASCII JSON text. */
  itemText(record: CatalogRecord, { basePath, usageCount, versionCount }: ItemVariation): string {
    const { stable, preview } = this.#fragmentOf(record);
    if (this.#lastBase.path !== basePath) this.#lastBase = { path: basePath, text: basePathText(basePath) };
    const base = preview === '' ? '' : this.#lastBase.text;
    const usage = this.#type.itemHas.usageCount ? `,"usage_count":${String(usageCount)}` : '';
    return (
      `${stable},"preview_url":"${base}${preview}"${usage},` +
      `"update_available":false,"version_count":${String(versionCount)}}`
    );
  }

  #fragmentOf(record: CatalogRecord): Fragment {
    const known = this.#fragments.get(record.id);
    if (known?.record === record) return known;
    if (known !== undefined) this.#drop(known);
    const fragment = {
      record,
      stable: asciiBytes(escapeNonAscii(JSON.stringify(stableItemOf(this.#type, record))).slice(0, -1)),
      preview: asciiBytes(previewUrlOf(record.entry.preview_url, '')),
    };
    this.#fragments.set(record.id, fragment);
    this.#bytes += fragment.stable.length + fragment.preview.length;
    for (const oldest of this.#fragments.values()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    return fragment;
  }

  #drop({ record, stable, preview }: Fragment): void {
    this.#fragments.delete(record.id);
    this.#bytes -= stable.length + preview.length;
  }
}
