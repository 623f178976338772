import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fsErrorCode } from '../../disk/fs-error.js';
import type { IndexScope } from '../../ports/index-store.js';

const VERSION = 1;
const COUNT_DIGITS = 10;
const SCOPE_DIGITS = 12;
const CHANGES = '.changes.ndjson';
/** Of one model type: those who switch between some sets of roots find each again. */
const SNAPSHOTS_KEPT = 4;
const ASIDE_KEPT = 3;
const HOUR = 3_600_000;

const headerSchema = z.object({
  format: z.literal('modelshelf-index'),
  version: z.literal(VERSION),
  scope: z.string(),
  changes: z.string().regex(/^[0-9a-f-]{36}$/),
  rows: z.int().nonnegative(),
});

const changesHeaderSchema = z.object({
  format: z.literal('modelshelf-index-changes'),
  version: z.literal(VERSION),
  changes: z.string(),
});

/** The first line of a snapshot; `changes` names the file of what changed since. */
export type SnapshotHeader = z.infer<typeof headerSchema>;

/** Names and first lines of the files of one scope. */
export class IndexFiles {
  readonly folder: string;
  readonly snapshot: string;
  readonly #name: string;
  readonly #scope: string;

  constructor(dataDir: string, { type, roots }: IndexScope) {
    this.folder = join(dataDir, 'index');
    this.#scope = JSON.stringify([type, roots.map(({ id, path, subType }) => [id, path, subType])]);
    const safeType = type.replaceAll(/[^a-z0-9_-]/gi, '_');
    this.#name = `${safeType}-${createHash('sha256').update(this.#scope).digest('hex').slice(0, SCOPE_DIGITS)}`;
    this.snapshot = join(this.folder, `${this.#name}.ndjson`);
  }

  changes(id: string): string {
    return join(this.folder, `${this.#name}.${id}${CHANGES}`);
  }

  temporary(): string {
    return `${this.snapshot}.${randomUUID()}.tmp`;
  }

  /** As long for every number of rows: it is known, and written, last. */
  snapshotHeader(changes: string, rows: number): string {
    const { rows: _, ...head } = { format: 'modelshelf-index', version: VERSION, scope: this.#scope, changes, rows };
    return `${JSON.stringify(head).slice(0, -1)},"rows":${String(rows).padStart(COUNT_DIGITS)}}\n`;
  }

  changesHeader(changes: string): string {
    return `${JSON.stringify({ format: 'modelshelf-index-changes', version: VERSION, changes })}\n`;
  }

  /** The header, if it is of this scope and version. */
  parseSnapshotHeader(value: unknown): SnapshotHeader | undefined {
    const { data } = headerSchema.safeParse(value);
    return data?.scope === this.#scope ? data : undefined;
  }

  isChangesHeader(value: unknown, changes: string): boolean {
    return changesHeaderSchema.safeParse(value).data?.changes === changes;
  }

  /** Renames a file that cannot be used; a few of those are kept. */
  async setAside(path: string, now: number): Promise<string> {
    const aside = `${path}.unreadable-${String(now)}`;
    await rename(path, aside);
    for (const former of await this.#oldest((name) => name.includes('.unreadable-'), ASIDE_KEPT)) {
      await rm(join(this.folder, former), { force: true });
    }
    return aside;
  }

  /** Removes what nothing needs any more: former changes, what a killed process left, rows of former roots. */
  async tidy(changes: string, now: number): Promise<void> {
    const present = basename(this.changes(changes));
    for (const name of await readdir(this.folder)) {
      const isFormer = name.startsWith(`${this.#name}.`) && name.endsWith(CHANGES) && name !== present;
      if (isFormer || (name.endsWith('.tmp') && (await isOlder(join(this.folder, name), now - HOUR)))) {
        await rm(join(this.folder, name), { force: true });
      }
    }
    const ofType = this.#name.slice(0, -SCOPE_DIGITS);
    const isSnapshot = (name: string): boolean =>
      name.startsWith(ofType) && name.length === basename(this.snapshot).length && name.endsWith('.ndjson');
    for (const former of await this.#oldest(isSnapshot, SNAPSHOTS_KEPT)) {
      const itsChanges = former.replace(/ndjson$/, '');
      for (const name of await readdir(this.folder)) {
        if (name.startsWith(itsChanges)) await rm(join(this.folder, name), { force: true });
      }
    }
  }

  /** All but the newest of the files that are meant. */
  async #oldest(isMeant: (name: string) => boolean, kept: number): Promise<string[]> {
    const names = (await readdir(this.folder)).filter(isMeant);
    const times = await Promise.all(names.map((name) => timeOf(join(this.folder, name))));
    const newestFirst = names
      .map((name, at) => ({ name, time: times[at] ?? 0 }))
      .sort((a, b) => (a.time === b.time ? 0 : b.time - a.time));
    return newestFirst.slice(kept).map(({ name }) => name);
  }
}

async function isOlder(path: string, time: number): Promise<boolean> {
  return (await timeOf(path)) < time;
}

/** What is gone counts as new: another model type has put its temporary file in place meanwhile. */
async function timeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return Infinity;
    throw error;
  }
}
