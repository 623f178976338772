import type { RecordLog } from '../../ports/record-log.js';
import type { FileSignature } from '../../shapes/scan.js';
import { carriesMetadata } from './carry-over.js';
import { inSlices } from './in-slices.js';
import type { DepartedModel } from './move-records.js';

/** How long a model that went away is remembered, in milliseconds: 30 days. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/** Of more than these the oldest go first. */
const MOST_KEPT = 20_000;

/** What two paths of one file have in common after a rename on one file system. */
export function placeKeyOf({ ino, size, mtimeMs }: FileSignature): string | undefined {
  // File systems that know no inodes say 0 of every file.
  return ino === 0 ? undefined : `${String(ino)}/${String(size)}/${String(mtimeMs)}`;
}

/** The models that went away, found by what a file that comes back can be recognised by. */
export class DepartedModels {
  readonly #log: RecordLog<DepartedModel>;
  readonly #byKey = new Map<string, Set<string>>();

  constructor(log: RecordLog<DepartedModel>) {
    this.#log = log;
    for (const [path, row] of log.entries()) this.#index(path, row);
  }

  get size(): number {
    return this.#log.size;
  }

  get(path: string): DepartedModel | undefined {
    return this.#log.get(path);
  }

  /** Paths of models with this inode, size and time, with this digest, or of this size. */
  atPlace(file: FileSignature): readonly string[] {
    const key = placeKeyOf(file);
    return key === undefined ? [] : this.#paths(`place ${key}`);
  }

  withDigest(sha256: string): readonly string[] {
    return sha256 === '' ? [] : this.#paths(`sha256 ${sha256}`);
  }

  ofSize(size: number): readonly string[] {
    return this.#paths(`size ${String(size)}`);
  }

  async add(path: string, row: DepartedModel): Promise<void> {
    await this.remove(path);
    this.#index(path, row);
    await this.#log.put(path, row);
  }

  async remove(path: string): Promise<void> {
    const row = this.#log.get(path);
    if (row === undefined) return;
    for (const key of keysOf(row)) {
      const paths = this.#byKey.get(key);
      paths?.delete(path);
      if (paths?.size === 0) this.#byKey.delete(key);
    }
    await this.#log.remove(path);
  }

  /** Forgets what is too old or too much, first of all what has nothing but a digest. */
  async prune(now: number): Promise<void> {
    const rows = Array.from(this.#log.entries(), ([path, { model, departedAt }]) => {
      return { path, departedAt, rank: carriesMetadata(model) ? 1 : 0 };
    });
    const surplus = Math.max(0, rows.length - MOST_KEPT);
    if (surplus > 0) rows.sort((a, b) => a.rank - b.rank || a.departedAt - b.departedAt);
    const forgotten = rows.filter(({ departedAt }, index) => index < surplus || now - departedAt > KEPT_MS);
    for await (const slice of inSlices(forgotten, 64)) await Promise.all(slice.map(({ path }) => this.remove(path)));
  }

  #index(path: string, row: DepartedModel): void {
    for (const key of keysOf(row)) {
      const paths = this.#byKey.get(key);
      if (paths === undefined) this.#byKey.set(key, new Set([path]));
      else paths.add(path);
    }
  }

  #paths(key: string): readonly string[] {
    return [...(this.#byKey.get(key) ?? [])];
  }
}

function keysOf({ model: { file, entry } }: DepartedModel): string[] {
  const place = placeKeyOf(file);
  return [
    ...(place === undefined ? [] : [`place ${place}`]),
    ...(entry.sha256 === '' ? [] : [`sha256 ${entry.sha256}`]),
    `size ${String(file.size)}`,
  ];
}
