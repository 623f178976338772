import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { createModelLibrary, type ModelLibrary } from '../../../src/index.js';
import { isDeep } from '../standing-folder.js';
import { writeFiles } from '../temp-library.js';
import { Oracle } from './oracle.js';
import { Play } from './play.js';
import { filesOfShelf, randomShelf } from './random-shelf.js';
import { readShelf } from './shelf-disk.js';
import { Draws } from './draws.js';
import { MUTATIONS, step, type DrawnMutation } from './steps.js';
import { runTogether } from './together.js';

const SEED = Number(process.env['MODELSHELF_SEED'] ?? 20_261_122);
const RUNS = Number(process.env['MODELSHELF_RUNS'] ?? (isDeep ? 3_000 : 25));
/** Milliseconds. */
const TIME = Number(process.env['MODELSHELF_MS'] ?? (isDeep ? 600_000 : 12_000));
const LONGEST = 30;

/** How a sequence ends. Starts and scans cost more than many mutations do. */
type Ending = 'close' | 'reopen' | 'anew';

function openOver(folder: string, dataDir = 'data'): ModelLibrary {
  return createModelLibrary({
    roots: { loras: [join(folder, 'loras'), join(folder, 'more')], checkpoints: [join(folder, 'checkpoints')] },
    dataDir: join(folder, dataDir),
  });
}

/** After each mutation everything is compared. */
async function play(folder: string, steps: readonly (readonly DrawnMutation[])[], ending: Ending): Promise<void> {
  const library = openOver(folder);
  const played = new Play(library, folder, new Oracle((await readShelf(folder)).files));
  try {
    await library.ready;
    await played.check();
    for (const together of steps) {
      const [first] = together;
      if (first === undefined) continue;
      if (together.length > 1) await runTogether(played, together);
      else {
        await MUTATIONS[first.name](played, new Draws(first.draws));
        await played.check();
      }
    }
    if (ending === 'reopen') await reopen(played, folder);
    if (ending === 'anew') await beginAnew(played, folder);
  } finally {
    await played.library.close();
  }
}

/** A later process answers the same, before it has looked at the disk and after. */
async function reopen(played: Play, folder: string): Promise<void> {
  const told = await played.answers();
  await played.library.close();
  played.library = openOver(folder);
  await played.library.ready;
  expect(await played.answers()).toEqual(told);
  for (const full_rebuild of [false, true]) {
    await Promise.all([
      played.library.loras.scanModels({ full_rebuild }),
      played.library.checkpoints.scanModels({ full_rebuild }),
    ]);
    await played.settle();
    expect(await played.answers()).toEqual(told);
  }
  await played.check();
}

/** What users wrote lies beside the models: a library that knows nothing yet finds all of it. */
async function beginAnew(played: Play, folder: string): Promise<void> {
  await played.library.close();
  played.library = openOver(folder, 'other-data');
  await played.library.ready;
  // Digests that sidecars state of what may be duplicates are computed when there is time.
  await vi.waitFor(() => played.check({ hasStatedDigests: true }), { timeout: 10_000, interval: 50 });
}

it(
  "After any sequence of mutations disk, sidecars, catalog, hash index, tag counts, folders and store agree; after each mutation the cache's entries and its hash index agree with the disk; after any mutation, the set of `raw` paths equals the set of non-excluded model files on disk",
  { timeout: TIME + 120_000 },
  async () => {
    const steps = fc.array(step, { minLength: 1, maxLength: LONGEST, size: 'max' });
    const ending = fc.constantFrom<Ending>('close', 'reopen', 'anew');
    await fc.assert(
      fc.asyncProperty(randomShelf, steps, ending, async (shelf, drawn, end) => {
        const folder = await mkdtemp(join(tmpdir(), 'modelshelf-test-'));
        try {
          for (const root of ['loras', 'more', 'checkpoints']) await mkdir(join(folder, root));
          await writeFiles(folder, filesOfShelf(shelf, folder));
          await play(folder, drawn, end);
        } finally {
          await rm(folder, { recursive: true, force: true, maxRetries: 3 });
        }
      }),
      {
        numRuns: RUNS,
        seed: SEED,
        endOnFailure: process.env['MODELSHELF_SHRINK'] !== '1',
        interruptAfterTimeLimit: TIME,
      },
    );
  },
);
