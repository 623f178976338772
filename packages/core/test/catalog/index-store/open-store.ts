import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileIndexStore } from '../../../src/catalog/index-store/file-index-store.js';
import type { IndexChange, IndexLoad, IndexScope } from '../../../src/ports/index-store.js';
import type { Logger } from '../../../src/ports/logger.js';
import type { ScannedModel } from '../../../src/shapes/scan.js';
import { makeModel } from '../make-model.js';

/** The scope of most tests. */
export const scope: IndexScope = {
  type: 'lora',
  roots: [
    { id: 'loras-0', path: '/m/a', subType: null },
    { id: 'loras-1', path: '/m/b', subType: null },
  ],
};

/** The model with this number. */
export const model = (n: number, rest: Partial<ScannedModel['entry']> = {}): ScannedModel =>
  makeModel({ file_path: pathOf(n), base_model: `base ${String(n % 3)}`, ...rest }, { stamp: `stamp ${String(n)}` });

export const pathOf = (n: number): string => `/m/a/m${String(n)}.safetensors`;

export const models = (count: number): ScannedModel[] => Array.from({ length: count }, (_, n) => model(n));

/** What one process gets from the store, by path. */
export interface Loaded extends IndexLoad {
  readonly models: ReadonlyMap<string, ScannedModel>;
  /** Paths in the order in which they came. */
  readonly paths: readonly string[];
}

/** Opens the store, loads it and closes it. */
export async function load(dataDir: string, logger?: Logger, of = scope): Promise<Loaded> {
  const store = openFileIndexStore(dataDir, logger, { now: () => 42 });
  const found = new Map<string, ScannedModel>();
  const paths: string[] = [];
  const told = await store.load(of, (rows) => {
    for (const row of rows) found.set(row.entry.file_path, row);
    paths.push(...rows.map(({ entry }) => entry.file_path));
  });
  await store.close();
  return { ...told, models: found, paths };
}

/** Opens the store, appends what is given and closes it. */
export async function append(dataDir: string, ...changes: Partial<IndexChange>[]): Promise<void> {
  const store = openFileIndexStore(dataDir);
  for (const change of changes) await store.append(scope, { upserts: [], removals: [], ...change });
  await store.close();
}

/** Names and contents of the files. */
export const namesIn = (dataDir: string): string[] => readdirSync(join(dataDir, 'index')).sort();

export function fileOf(dataDir: string, kind: 'snapshot' | 'changes'): string {
  const isMeant = (name: string): boolean =>
    name.endsWith('.ndjson') && name.endsWith('.changes.ndjson') === (kind === 'changes');
  const names = namesIn(dataDir).filter(isMeant);
  if (names.length !== 1) throw new Error(`${String(names.length)} files of this kind`);
  return join(dataDir, 'index', names[0] ?? '');
}

/** Bytes of both files. */
export const bytesIn = (dataDir: string): number =>
  namesIn(dataDir).reduce((sum, name) => sum + statSync(join(dataDir, 'index', name)).size, 0);

/** Changes the lines of a file. */
export function edit(path: string, change: (lines: string[]) => readonly string[]): void {
  writeFileSync(path, change(readFileSync(path, 'utf8').split('\n')).join('\n'));
}
