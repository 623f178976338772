import { setImmediate } from 'node:timers/promises';
import type { IndexScope } from '../../ports/index-store.js';
import type { ScannedModel } from '../../shapes/scan.js';
import { fsErrorCode } from '../../disk/fs-error.js';
import type { IndexFiles, SnapshotHeader } from './index-files.js';
import { JsonLines } from './json-lines.js';
import { RowReader } from './row-reader.js';

/** What the present files of a scope say. */
export interface IndexTally {
  rows: number;
  repaired: number;
  invalid: number;
  readonly invalidPaths: string[];
}

/** A file is not of this scope and version. */
export class ForeignIndexError extends Error {
  readonly path: string;

  constructor(path: string) {
    super('not a file of this index store');
    this.path = path;
  }
}

/** Rows by path that take the place of those of the snapshot; null: the row is gone. */
export type Overlay = Map<string, ScannedModel | null>;

const LONGEST_HEADER = 1024 * 1024;
const PATHS_TOLD = 20;
const BATCH_ROWS = 250;

export const emptyTally = (): IndexTally => ({ rows: 0, repaired: 0, invalid: 0, invalidPaths: [] });

/** The header of a snapshot; undefined where there is none. Rejects with `ForeignIndexError` for another file. */
export async function readSnapshotHeader(files: IndexFiles): Promise<SnapshotHeader | undefined> {
  const lines = await openIfThere(files.snapshot);
  if (lines === undefined) return undefined;
  try {
    return await headerOf(lines, files);
  } finally {
    await lines.close();
  }
}

/** What changed since the snapshot was written. */
export async function readChanges(
  files: IndexFiles,
  scope: IndexScope,
  changes: string,
  tally: IndexTally,
): Promise<Overlay> {
  const overlay: Overlay = new Map();
  const path = files.changes(changes);
  const lines = await openIfThere(path);
  if (lines === undefined) return overlay;
  try {
    const header = await lines.first(LONGEST_HEADER);
    if (header === undefined && lines.torn) return overlay;
    if (!files.isChangesHeader(header, changes)) throw new ForeignIndexError(path);
    const reader = new RowReader(scope);
    for await (const batch of lines.batches()) {
      for (const value of batch) {
        const row = typeof value === 'string' ? undefined : readRow(reader, value, reader.pathOf(value), tally);
        const removed = typeof value === 'string' ? value : undefined;
        // Set anew, so that the newest stands last.
        if (row !== undefined) overlay.set(row.entry.file_path, row);
        else if (removed !== undefined) overlay.set(removed, null);
      }
    }
    return overlay;
  } finally {
    await lines.close();
  }
}

/** The rows of the snapshot, those of the overlay instead where it has any, in batches; what it met goes to the tally. */
export async function* readRows(
  files: IndexFiles,
  scope: IndexScope,
  overlay: Overlay,
  tally: IndexTally,
): AsyncGenerator<readonly ScannedModel[]> {
  const lines = await openIfThere(files.snapshot);
  if (lines !== undefined) {
    try {
      yield* readSnapshotRows(lines, files, scope, overlay, tally);
    } finally {
      await lines.close();
    }
  }
  let batch: ScannedModel[] = [];
  for (const model of overlay.values()) {
    if (model === null) continue;
    batch.push(model);
    if (batch.length < BATCH_ROWS) continue;
    tally.rows += batch.length;
    yield batch;
    await setImmediate();
    batch = [];
  }
  tally.rows += batch.length;
  if (batch.length > 0) yield batch;
}

async function* readSnapshotRows(
  lines: JsonLines,
  files: IndexFiles,
  scope: IndexScope,
  overlay: Overlay,
  tally: IndexTally,
): AsyncGenerator<readonly ScannedModel[]> {
  const header = await headerOf(lines, files);
  const reader = new RowReader(scope);
  let seen = 0;
  for await (const batch of lines.batches()) {
    const models: ScannedModel[] = [];
    for (const value of batch) {
      if (reader.readWords(value)) continue;
      seen++;
      const path = reader.pathOf(value);
      if (overlay.size > 0 && overlay.has(path ?? '')) continue;
      const model = readRow(reader, value, path, tally);
      if (model !== undefined) models.push(model);
    }
    tally.rows += models.length;
    if (models.length > 0) yield models;
  }
  // Lines that are missing at the end are rows that could not be read.
  tally.invalid += Math.max(0, header.rows - seen);
}

function readRow(
  reader: RowReader,
  value: unknown,
  path: string | undefined,
  tally: IndexTally,
): ScannedModel | undefined {
  const row = path === undefined ? undefined : reader.read(value, path);
  if (row?.repaired === true) tally.repaired++;
  if (row !== undefined) return row.model;
  tally.invalid++;
  if (path !== undefined && tally.invalidPaths.length < PATHS_TOLD) tally.invalidPaths.push(path);
  return undefined;
}

async function headerOf(lines: JsonLines, files: IndexFiles): Promise<SnapshotHeader> {
  const header = files.parseSnapshotHeader(await lines.first(LONGEST_HEADER));
  if (header === undefined) throw new ForeignIndexError(files.snapshot);
  return header;
}

async function openIfThere(path: string): Promise<JsonLines | undefined> {
  try {
    return await JsonLines.open(path);
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
