import { stemOf } from '../../disk/normalise-path.js';
import type { IndexScope } from '../../ports/index-store.js';
import type { SlimCivitai } from '../../shapes/catalog-entry.js';
import type { ScannedModel } from '../../shapes/scan.js';
import { besideOf, COLUMN, flagsOf, folderBelow, splitPath } from './row-columns.js';

const MOST_WORDS = 500_000;

/**
 * Writes models as rows: one JSON array per line, columns in a fixed order.
 *
 * Words, which are texts that many rows share, are written once, in lines of their own ahead of the rows that name them by
 * number. Without such lines every row stands for itself.
 */
export class RowWriter {
  readonly #roots: IndexScope['roots'];
  readonly #words: Map<string, number> | undefined;
  #newWords: string[] = [];
  #row: unknown[] = [];
  #end = 0;

  constructor({ roots }: IndexScope, { words }: { words: boolean }) {
    this.#roots = roots;
    this.#words = words ? new Map() : undefined;
  }

  /** The lines of these models, those of their new words first. */
  lines(models: readonly ScannedModel[]): string {
    let rows = '';
    for (const model of models) rows += `${this.#line(model)}\n`;
    if (this.#newWords.length === 0) return rows;
    const from = (this.#words?.size ?? 0) - this.#newWords.length;
    const words = `${JSON.stringify({ from, words: this.#newWords })}\n`;
    this.#newWords = [];
    return words + rows;
  }

  #line({ root, entry, file, sidecar, origin, digest, stamp, aliases }: ScannedModel): string {
    this.#row = [];
    this.#end = 0;
    const at = this.#roots.findIndex(({ id }) => id === root);
    const { folderPath, name } = splitPath(entry.file_path);
    const stem = stemOf(name);
    const beside = besideOf(folderPath, stem);
    this.#put(COLUMN.folder_path, this.#word(folderPath), null);
    this.#put(COLUMN.name, name, null);
    this.#put(COLUMN.root, at === -1 ? root : at, 0);
    this.#put(COLUMN.flags, flagsOf(entry), 0);
    this.#put(COLUMN.file_size, file.size, 0);
    this.#put(COLUMN.file_mtime, file.mtimeMs, 0);
    this.#put(COLUMN.file_ino, file.ino, 0);
    this.#put(COLUMN.sidecar_size, sidecar?.size, undefined);
    this.#put(COLUMN.sidecar_mtime, sidecar?.mtimeMs, undefined);
    this.#put(COLUMN.sidecar_ino, sidecar?.ino, undefined);
    this.#put(COLUMN.stamp, stamp, '');
    this.#put(COLUMN.sha256, entry.sha256, '');
    this.#put(COLUMN.autov3, entry.autov3, null);
    this.#put(COLUMN.model_name, entry.model_name, stem);
    this.#put(COLUMN.base_model, this.#word(entry.base_model), null);
    this.#put(COLUMN.modified, entry.modified, file.mtimeMs / 1000);
    const isBeside = entry.preview_url !== '' && entry.preview_url.startsWith(beside);
    this.#put(COLUMN.preview_ending, isBeside ? this.#word(entry.preview_url.slice(beside.length)) : null, null);
    this.#put(COLUMN.preview_nsfw_level, entry.preview_nsfw_level, 0);
    this.#put(COLUMN.license_flags, entry.license_flags, null);
    this.#put(COLUMN.usage_tips, this.#word(entry.usage_tips), null);
    if (entry.tags.length > 0)
      this.#put(
        COLUMN.tags,
        entry.tags.map((tag) => this.#word(tag)),
        null,
      );
    if (entry.civitai !== null) this.#put(COLUMN.civitai, this.#civitai(entry.civitai), null);
    this.#put(COLUMN.metadata_source, this.#word(entry.metadata_source), null);
    this.#put(COLUMN.last_checked_at, entry.last_checked_at, 0);
    this.#put(COLUMN.sub_type, this.#word(entry.sub_type), null);
    this.#put(COLUMN.digest, digest, 'stated');
    this.#put(COLUMN.hash_status, entry.hash_status, 'completed');
    this.#put(COLUMN.origin, origin, 'sidecar');
    this.#put(COLUMN.notes, entry.notes, '');
    this.#put(COLUMN.hf_url, entry.hf_url, '');
    if (aliases.length > 0) this.#put(COLUMN.aliases, aliases, null);
    this.#put(COLUMN.preview_url, isBeside ? '' : entry.preview_url, '');
    this.#put(COLUMN.size, entry.size, file.size);
    this.#put(COLUMN.folder, entry.folder, folderBelow(this.#roots[at]?.path ?? '', folderPath));
    this.#put(COLUMN.file_name, entry.file_name, stem);
    this.#row.length = this.#end;
    return JSON.stringify(this.#row);
  }

  #put(column: number, value: unknown, fallback: unknown): void {
    const differs = !Object.is(value, fallback);
    this.#row[column] = differs ? value : null;
    if (differs) this.#end = column + 1;
  }

  /** The number of a word, or the word itself where none are numbered. */
  #word(text: string | null | undefined): number | string | null {
    if (text === null || text === undefined) return null;
    const known = this.#words?.get(text);
    if (known !== undefined) return known;
    if (this.#words === undefined || this.#words.size >= MOST_WORDS) return text;
    this.#newWords.push(text);
    this.#words.set(text, this.#words.size);
    return this.#words.size - 1;
  }

  #civitai({ id, modelId, name, creator, trainedWords, model }: SlimCivitai): readonly unknown[] {
    return [id, modelId, this.#word(name), this.#word(creator?.username), trainedWords, this.#word(model?.type)];
  }
}
