import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { createModelLibrary, type ModelLibrary, type ModelLibraryOptions } from '../../src/index.js';
import { temporaryFolder, writeFiles } from './temp-library.js';

export const isDeep = process.env['MODELSHELF_DEEP'] === '1';

type Item = Awaited<ReturnType<ModelLibrary['loras']['getModels']>>['items'][number];

/** What a library says on one topic, from the moment of this call. */
export function heard<T extends Parameters<ModelLibrary['progress']['on']>[0]>(library: ModelLibrary, topic: T) {
  const told: ReturnType<typeof listen>[] = [];
  function listen(snapshot: Parameters<Parameters<typeof library.progress.on<T>>[1]>[0]) {
    return snapshot.data;
  }
  library.progress.on(topic, (snapshot) => void told.push(listen(snapshot)));
  return told;
}

/** A folder with roots and a data folder that libraries are opened over one after the other, as after restarts. */
export async function standingFolder(files: Readonly<Record<string, string | Buffer>> = {}) {
  const folder = await temporaryFolder();
  for (const root of ['loras', 'more', 'checkpoints']) await mkdir(join(folder, root));
  await writeFiles(folder, files);
  return {
    folder,
    at: (path: string): string => join(folder, path),
    write: (more: Readonly<Record<string, string | Buffer>>) => writeFiles(folder, more),
    /** A library over it; closed when the test is over, if not before. */
    open: (options: ModelLibraryOptions = {}): ModelLibrary => {
      const library = createModelLibrary({
        roots: { loras: [join(folder, 'loras'), join(folder, 'more')], checkpoints: [join(folder, 'checkpoints')] },
        dataDir: join(folder, 'data'),
        ...options,
      });
      onTestFinished(() => library.close());
      return library;
    },
  };
}

/** Every lora that is listed, from all pages. */
export async function allLoras(library: ModelLibrary, query: Record<string, unknown> = {}): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; ; page++) {
    const answer = await library.loras.getModels({ ...query, page, page_size: 100 });
    items.push(...answer.items);
    if (page >= answer.total_pages) return items;
  }
}

/** Paths of all loras that are listed, sorted. */
export async function pathsOf(library: ModelLibrary): Promise<string[]> {
  return (await allLoras(library)).map(({ file_path }) => file_path).sort();
}

/** Resolves when every lora that is listed has a digest. */
export async function allDigested(library: ModelLibrary, timeout = 10_000): Promise<void> {
  await vi.waitFor(
    async () => {
      const missing = (await allLoras(library)).filter(({ sha256 }) => sha256 === '');
      if (missing.length > 0) throw new Error(`${String(missing.length)} without a digest`);
    },
    { timeout, interval: 25 },
  );
}

/** Makes files look as if they had been there for long: what was written just now is read once more by the next scan. */
export async function age(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await utimes(path, 1_700_000_000.5, 1_700_000_000.5);
}
