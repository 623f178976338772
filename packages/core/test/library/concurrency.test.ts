import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isModelshelfError, type ModelLibrary } from '../../src/index.js';
import type { IndexStore } from '../../src/ports/index-store.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, isDeep, pathsOf, standingFolder } from './standing-folder.js';

const unhandled: unknown[] = [];
const listen = (error: unknown): void => void unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', listen);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', listen);
  expect(unhandled).toEqual([]);
});

/** Numbers from 0 to below 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const EXPECTED = ['cancelled', 'library_closed', 'service_not_ready', 'not_found'];

/** Ends well when a call ends, unless it failed for a reason that closing does not have. */
async function tolerant(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isModelshelfError(error) || !EXPECTED.includes(error.code)) throw error;
  }
}

describe('everything at the same time', () => {
  it.each(Array.from({ length: isDeep ? 40 : 4 }, (_, seed) => seed + 1))(
    'scanning, listing, hashing, changing files and closing lose no row (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const { open, at, write } = await standingFolder();
      const present = new Set<string>();
      const add = async (n: number): Promise<void> => {
        const stem = `${random() < 0.5 ? 'loras' : 'more'}/s${String(n % 3)}/m${String(n)}`;
        await write({
          [`${stem}.safetensors`]: safetensors({ n: String(n % 20) }),
          ...(random() < 0.5
            ? { [`${stem}.metadata.json`]: sidecar({ sha256: '', size: 0, tags: [`t${String(n % 4)}`] }) }
            : {}),
        });
        present.add(at(`${stem}.safetensors`));
      };
      for (let n = 0; n < 60; n++) await add(n);
      const act = (library: ModelLibrary, n: number): Promise<unknown> => {
        const [victim = ''] = present;
        const acts: readonly (() => Promise<unknown>)[] = [
          () => library.loras.scanModels(),
          () => library.loras.scanModels({ full_rebuild: true }),
          () => allLoras(library, { sort_by: random() < 0.5 ? 'size' : 'random:3' }),
          () => library.loras.findDuplicateModels(),
          () => library.loras.getModels({ search: 'm1', group_by_model: true }),
          () => library.digestAll('loras'),
          () => library.digestOf('loras', victim),
          () => library.loras.cancelTask(),
          () => library.getCollectionOverview(),
          () => add(100 + n),
          async () => {
            present.delete(victim);
            await rm(victim);
          },
        ];
        return acts[Math.floor(random() * acts.length)]?.() ?? Promise.resolve();
      };
      for (let start = 0; start < 3; start++) {
        const library = open();
        const pending = [tolerant(library.ready)];
        for (let n = 0; n < 25; n++) {
          pending.push(tolerant(act(library, start * 100 + n)));
          if (random() < 0.4) await new Promise((resolve) => setTimeout(resolve, random() * 15));
        }
        const closed = library.close();
        pending.push(tolerant(act(library, start * 100 + 99)), closed);
        await Promise.all(pending);
      }
      const library = open();
      await library.ready;
      await library.loras.scanModels();
      const disk = [...present].sort();
      expect(await pathsOf(library)).toEqual(disk);
      await allDigested(library);
      await library.close();
      const kept = open({ digests: false });
      await kept.ready;
      expect(await pathsOf(kept)).toEqual(disk);
      const tags = (await allLoras(kept)).flatMap((item) => item.tags);
      const counted = (await kept.loras.getTopTags({ limit: 0 })).tags.reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(tags.length);
    },
  );

  it('closing right after creating, or once attached, ends everything', async () => {
    const { open } = await standingFolder({ 'loras/a.safetensors': safetensors() });
    const atOnce = open();
    await atOnce.close();
    await expect(atOnce.ready).rejects.toSatisfy(isModelshelfError);
    const attached = open();
    await attached.attached;
    await attached.close();
    await expect(attached.ready).rejects.toMatchObject({ code: 'cancelled' });
    expect(await attached.loras.scanModels()).toMatchObject({ status: 'cancelled' });
    const after = open({ digests: false });
    await after.ready;
    expect(await pathsOf(after)).toHaveLength(1);
  });

  it('closing while rows of the last time are listed loses none of them', async () => {
    const { open, at } = await standingFolder({
      'loras/a.safetensors': safetensors({ a: '1' }),
      'loras/b.safetensors': safetensors({ a: '2' }),
    });
    let rows: readonly ScannedModel[] = [];
    const kept = new Map<string, ScannedModel>();
    const removed: string[] = [];
    let closedStores = 0;
    let begun = (): void => undefined;
    const hydrating = new Promise<void>((resolve) => (begun = resolve));
    const store = (isSlow: boolean): IndexStore => ({
      load: async ({ type }, onRows) => {
        const own = type === 'lora' ? rows : [];
        for (const row of own) {
          await onRows([row]);
          begun();
          if (isSlow) await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return { rows: own.length, repaired: 0, invalid: 0, invalidPaths: [] };
      },
      append: ({ type }, { upserts, removals }) => {
        if (type === 'lora') for (const row of upserts) kept.set(row.entry.file_path, row);
        if (type === 'lora') removed.push(...removals);
        return Promise.resolve();
      },
      close: () => Promise.resolve(void closedStores++),
    });
    const first = open({ digests: false, index: store(false) });
    await first.ready;
    await first.close();
    rows = [...kept.values()];
    expect(rows).toHaveLength(2);
    const second = open({ digests: false, index: store(true) });
    const ready = tolerant(second.ready);
    await hydrating;
    await second.close();
    await ready;
    expect(removed).toEqual([]);
    expect(closedStores).toBe(2);
    const third = open({ digests: false, index: store(false) });
    await third.ready;
    expect(await pathsOf(third)).toEqual([at('loras/a.safetensors'), at('loras/b.safetensors')]);
  });
});
