import { expect } from 'vitest';
import { isModelshelfError, type ModelLibrary } from '../../../src/index.js';
import { answersOf, expectAsOracle, expectConsistent, PREFIXES } from './agreement.js';
import { contentsOf, type Oracle } from './oracle.js';
import { readShelf, type ShelfDisk } from './shelf-disk.js';
import { isModelFile, prefixOf, type Prefix } from './shelf-names.js';

/** How a call ended. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string };

/** Waits for a call; errors that are no domain errors fail the test. */
export async function attempt<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    if (!isModelshelfError(error) || error.code === 'internal') throw error;
    return { ok: false, code: error.code };
  }
}

/** A library and what is believed of it. */
export class Play {
  library: ModelLibrary;
  readonly oracle: Oracle;
  readonly at: (path: string) => string;
  readonly #folder: string;
  constructor(library: ModelLibrary, folder: string, oracle: Oracle) {
    this.library = library;
    this.#folder = folder;
    this.at = (path) => (path === '' ? `${folder}/` : `${folder}/${path}`);
    this.oracle = oracle;
  }

  /** The same library, with an oracle of its own. */
  apart(): Play {
    return new Play(this.library, this.#folder, this.oracle.clone());
  }

  face(prefix: Prefix): ModelLibrary[Prefix] {
    return this.library[prefix];
  }

  faceOf(path: string): ModelLibrary[Prefix] {
    return this.face(prefixOf(path));
  }

  /** An absolute path of an answer as path below the folder. */
  below(path: string): string {
    expect(path.startsWith(`${this.#folder}/`), path).toBe(true);
    return path.slice(this.#folder.length + 1);
  }

  disk(): Promise<ShelfDisk> {
    return readShelf(this.#folder);
  }

  /** Waits for every digest: files that are new to the library are hashed in the background. */
  async settle(): Promise<void> {
    for (const prefix of PREFIXES) await this.library.digestAll(prefix);
  }

  /** Compares everything; of models that shared a stem the disk is believed, if nothing is lost. */
  async check({ hasStatedDigests = false } = {}): Promise<void> {
    const disk = await this.disk();
    this.expectWhole(disk);
    if (this.oracle.isVague) this.oracle.adopt(disk);
    expect(Object.fromEntries(disk.files)).toEqual(Object.fromEntries(this.oracle.files));
    await this.#expectTrash(disk);
    await this.settle();
    for (const prefix of PREFIXES) {
      const answers = await expectConsistent(this.library, prefix, disk, this.at, hasStatedDigests);
      expectAsOracle(this.oracle, prefix, answers, this.at);
    }
  }

  /** No bytes of a model are lost or doubled, and nothing that a user wrote. */
  expectWhole(disk: ShelfDisk): void {
    const { files, trash } = this.oracle;
    const models = (contents: Iterable<readonly [string, unknown]>) =>
      [...contents].filter(([path]) => isModelFile(path)).map(([, content]) => content);
    const believed = [...models(files), ...[...trash.values()].flatMap((batch) => models(batch.files))];
    const found = [...models(disk.files), ...models(disk.trash)];
    expect(found.map(String).sort()).toEqual(believed.map(String).sort());
    const kept = new Set(contentsOf([...disk.files, ...disk.trash]));
    const others = [...files, ...[...trash.values()].flatMap((batch) => [...batch.files])];
    const lost = contentsOf(others.filter(([path]) => !isModelFile(path))).filter((content) => !kept.has(content));
    expect(lost).toEqual([]);
  }

  async #expectTrash(disk: ShelfDisk): Promise<void> {
    const { trash } = this.oracle;
    const found = new Map<string, Map<string, unknown>>();
    for (const [path, content] of disk.trash) {
      const batch = path.split('/')[3] ?? '';
      const files = found.get(batch) ?? new Map<string, unknown>();
      found.set(batch, files.set(path, content));
    }
    expect([...found.keys()].sort()).toEqual([...trash.keys()].sort());
    for (const [id, { files, hasCopies }] of trash) {
      const there = contentsOf([...(found.get(id) ?? [])] as [string, string][]);
      const expected = contentsOf(files);
      if (!hasCopies) expect(there).toEqual(expected);
      else expect(expected.filter((content) => !there.includes(content))).toEqual([]);
    }
    if (!('listTrash' in this.library)) return;
    const { batches } = await this.library.listTrash({ page_size: 100 });
    expect(batches.map(({ batch_id }) => batch_id).sort()).toEqual([...trash.keys()].sort());
  }

  /** What the library answers now; of every type. */
  async answers() {
    return Promise.all(PREFIXES.map((prefix) => answersOf(this.library, prefix)));
  }
}
