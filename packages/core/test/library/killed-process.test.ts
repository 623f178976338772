import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bundleLibraryProcess, startLibraryProcess } from './library-process.js';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, isDeep, pathsOf, standingFolder } from './standing-folder.js';

const FILES = 300;
const KILLS = isDeep ? 60 : 5;

it(
  'a process that is killed at any moment of scanning, hashing and writing leaves a data folder over which a new library lists exactly the files on disk, with right digests',
  { timeout: isDeep ? 600_000 : 60_000 },
  async () => {
    const { open, at, write } = await standingFolder();
    const bundle = await bundleLibraryProcess();
    const present = new Set<string>();
    let next = 0;
    const add = async (): Promise<void> => {
      const stem = `loras/d${String(next % 9)}/m${String(next)}`;
      await write({
        [`${stem}.safetensors`]: safetensors({ n: String(next) }, 64 * 1024),
        [`${stem}.metadata.json`]: sidecar({ sha256: '', size: 0, notes: `n${String(next)}` }),
      });
      present.add(at(`${stem}.safetensors`));
      next++;
    };
    while (next < FILES) await add();
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startLibraryProcess(bundle, { mode: 'run', roots: [at('loras')], dataDir: at('data') });
      const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
      // While it starts, scans and hashes, files come and go.
      for (let n = 0; n < 10; n++) await add();
      for (const path of [...present].slice(kill * 7, kill * 7 + 5)) {
        await rm(path);
        present.delete(path);
      }
      // The start of Node takes a part of this.
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 700));
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      if (kill % 2 === 1) continue;

      const library = open({ roots: { loras: [at('loras')] }, digests: kill + 1 === KILLS });
      await library.ready;
      await library.loras.scanModels();
      expect(await pathsOf(library)).toEqual([...present].sort());
      const items = await allLoras(library);
      expect(new Set(items.map(({ notes }) => notes)).size).toBe(present.size);
      await checkDigests(items);
      if (kill + 1 === KILLS) {
        await allDigested(library, 30_000);
        await checkDigests(await allLoras(library));
      }
      await library.close();
    }
  },
);

/** What was entered of a digest is that of the file. */
async function checkDigests(items: readonly { file_path: string; sha256: string }[]): Promise<void> {
  for (const { file_path, sha256 } of items) {
    if (sha256 === '') continue;
    const bytes = await readFile(file_path);
    expect([file_path, sha256]).toEqual([file_path, createHash('sha256').update(bytes).digest('hex')]);
  }
}
