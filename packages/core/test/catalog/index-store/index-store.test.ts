import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import { openFileIndexStore } from '../../../src/catalog/index-store/file-index-store.js';
import { indexHealthOf } from '../../../src/catalog/index-store/index-health.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { indexHealthSchema } from '../../../src/shapes/progress.js';
import type { ScannedModel } from '../../../src/shapes/scan.js';
import { put, tempFolder } from '../../disk/temp-library.js';
import { arbitraryModel } from './arbitrary-model.js';
import { append, bytesIn, edit, fileOf, load, model, models, namesIn, pathOf, scope } from './open-store.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const COLUMNS = { stamp: 10, tags: 20 };

describe('the index store', () => {
  it('Restarting with an intact disk cache reproduces the same entries (all fields of 2.1) without hashing.', async () => {
    const any = fc.uniqueArray(arbitraryModel, { maxLength: 6, selector: ({ entry }) => entry.file_path });
    await fc.assert(
      fc.asyncProperty(any, any, async (first, second) => {
        const dataDir = tempFolder();
        await append(dataDir, { upserts: first }, { upserts: second });
        const expected = new Map([...first, ...second].map((each) => [each.entry.file_path, each]));
        const fromLog = await load(dataDir);
        expect(fromLog.models).toStrictEqual(expected);
        expect(fromLog).toMatchObject({ rows: expected.size, invalid: 0, repaired: 0 });
        rmSync(join(dataDir, 'index'), { recursive: true });
        await append(dataDir, { upserts: [...expected.values()] });
        expect((await load(dataDir)).models).toStrictEqual(expected);
      }),
      { numRuns: runs },
    );
  }, 120_000);

  it('R-W21: keeps the sub-type and the order of tags', async () => {
    const dataDir = tempFolder();
    const one = model(1, { sub_type: 'embedding', tags: ['z', 'a', 'm', 'a2'] });
    await append(dataDir, { upserts: [one] }, { upserts: [model(2, { sub_type: 'locon', tags: ['b', 'a'] })] });
    const { models: found } = await load(dataDir);
    expect(found.get(pathOf(1))?.entry).toMatchObject({ sub_type: 'embedding', tags: ['z', 'a', 'm', 'a2'] });
    expect(found.get(pathOf(2))?.entry).toMatchObject({ sub_type: 'locon', tags: ['b', 'a'] });
    expect(Object.keys((await load(dataDir)).models.get(pathOf(1))?.entry ?? {}).sort()).toEqual(
      Object.keys(one.entry).sort(),
    );
  });

  it('P-18: one edit writes one row, however large the library is', async () => {
    const written: number[] = [];
    for (const count of [100, 5_000]) {
      const dataDir = tempFolder();
      await append(dataDir, { upserts: models(count) });
      const before = bytesIn(dataDir);
      const snapshot = statSync(fileOf(dataDir, 'snapshot')).mtimeMs;
      await append(dataDir, { upserts: [model(7, { favorite: true })] });
      written.push(bytesIn(dataDir) - before);
      expect(statSync(fileOf(dataDir, 'snapshot')).mtimeMs).toBe(snapshot);
      expect(readFileSync(fileOf(dataDir, 'changes'), 'utf8').trim().split('\n')).toHaveLength(2);
      expect((await load(dataDir)).models.get(pathOf(7))?.entry.favorite).toBe(true);
    }
    expect(written[0]).toBe(written[1]);
    expect(written[1]).toBeLessThan(400);
  });

  test('hands out rows in batches of at most 250, each in a turn of its own', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3_000) }, { upserts: models(900) });
    let turn = 0;
    let done = false;
    const count = (): void => {
      turn++;
      if (!done) setImmediate(count);
    };
    count();
    const turns: number[] = [];
    const store = openFileIndexStore(dataDir);
    const { rows } = await store.load(scope, (batch) => {
      turns.push(turn);
      expect(batch.length).toBeLessThanOrEqual(250);
    });
    done = true;
    await store.close();
    expect(rows).toBe(3_000);
    expect(new Set(turns).size).toBe(turns.length);
  });

  test('any sequence of changes and restarts leaves what a map would hold', async () => {
    const number = fc.integer({ min: 0, max: 5 });
    const step = fc.oneof(
      fc.record({ upserts: fc.uniqueArray(number), removals: fc.uniqueArray(number), notes: fc.string() }),
      fc.constant('reopen' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const dataDir = tempFolder();
        const expected = new Map<string, ScannedModel>();
        let store = openFileIndexStore(dataDir);
        for (const step of steps) {
          if (step === 'reopen') {
            await store.close();
            store = openFileIndexStore(dataDir);
            continue;
          }
          const upserts = step.upserts.map((n) => model(n, { notes: step.notes }));
          const removals = step.removals.filter((n) => !step.upserts.includes(n)).map(pathOf);
          for (const path of removals) expected.delete(path);
          for (const each of upserts) expected.set(each.entry.file_path, each);
          await store.append(scope, { upserts, removals });
        }
        await store.close();
        expect((await load(dataDir)).models).toStrictEqual(expected);
      }),
      { numRuns: runs },
    );
  }, 120_000);

  test('appends of the same turn are one write, in their order', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3) });
    const store = openFileIndexStore(dataDir);
    await Promise.all([
      store.append(scope, { upserts: [model(1, { notes: 'first' })], removals: [] }),
      store.append(scope, { upserts: [model(1, { notes: 'second' })], removals: [pathOf(2)] }),
    ]);
    await store.close();
    await expect(store.append(scope, { upserts: [], removals: [] })).rejects.toThrow('closed');
    const { models: found } = await load(dataDir);
    expect([...found.keys()]).toEqual([pathOf(0), pathOf(1)]);
    expect(found.get(pathOf(1))?.entry.notes).toBe('second');
  });

  test('is written anew when the log is longer than half of the snapshot; other scopes stay as they are', async () => {
    const dataDir = tempFolder();
    const other = { ...scope, roots: scope.roots.slice(1) };
    const store = openFileIndexStore(dataDir);
    await store.append(other, { upserts: models(2), removals: [] });
    await store.append(scope, { upserts: models(2_500), removals: [] });
    const notes = 'n'.repeat(500);
    for (let n = 0; n < 1_500; n += 500) {
      const upserts = Array.from({ length: 500 }, (_, at) => model(n + at, { notes }));
      await store.append(scope, { upserts, removals: [pathOf(2_000 + n)] });
    }
    await store.close();
    const found = await load(dataDir);
    expect([
      found.rows,
      found.models.get(pathOf(3))?.entry.notes,
      found.models.get(pathOf(2_400))?.entry.notes,
    ]).toEqual([2_499, notes, '']);
    expect((await load(dataDir, undefined, other)).rows).toBe(2);
    const changes = namesIn(dataDir).filter((name) => name.endsWith('.changes.ndjson'));
    for (const name of changes) expect(statSync(join(dataDir, 'index', name)).size).toBeLessThan(400_000);
    expect(namesIn(dataDir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('two processes: what one appends after the other wrote the snapshot anew is kept', async () => {
    const dataDir = tempFolder();
    const first = openFileIndexStore(dataDir);
    await first.append(scope, { upserts: models(3), removals: [] });
    await first.append(scope, { upserts: [model(4)], removals: [] });
    await append(dataDir, { upserts: models(2_000) });
    await first.append(scope, { upserts: [model(5_000)], removals: [pathOf(0)] });
    await first.close();
    const { models: found } = await load(dataDir);
    expect([found.size, found.has(pathOf(5_000)), found.has(pathOf(0))]).toEqual([2_000, true, false]);
  });
});

describe('rows that cannot be used', () => {
  it('R-W20: are counted among all rows, and the health is judged by that', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(100) });
    edit(fileOf(dataDir, 'snapshot'), (lines) => {
      lines[5] = 'rubbish';
      lines[6] = '["/m/a","named.ckpt",true]';
      lines[7] = '[null,"   "]';
      return lines;
    });
    const loaded = await load(dataDir);
    expect(loaded).toMatchObject({ rows: 97, invalid: 3, invalidPaths: ['/m/a/named.ckpt'] });
    const health = indexHealthOf('loras', loaded);
    expect(indexHealthSchema.parse(health)).toEqual(health);
    expect(health).toMatchObject({
      status: 'degraded',
      pageType: 'loras',
      details: {
        total: 100,
        valid: 97,
        invalid: 3,
        repaired: 0,
        corruption_rate: '3.0%',
        invalid_paths: ['/m/a/named.ckpt'],
      },
    });
    expect(indexHealthOf('loras', { ...loaded, rows: 57 })?.status).toBe('corrupted');
    expect(
      indexHealthOf('loras', { ...loaded, invalidPaths: 'abcdefg'.split('') })?.details.invalid_paths,
    ).toHaveLength(5);
    expect(indexHealthOf('loras', { ...loaded, invalid: 0 })).toBeUndefined();
    // Told once: the store was written anew without them.
    expect(await load(dataDir)).toMatchObject({ rows: 97, invalid: 0 });
  });

  test('a column of another type gets its default, and the model loses its stamp', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: [model(1), model(2, { sha256: 'a'.repeat(64), hash_status: 'completed' })] });
    edit(fileOf(dataDir, 'snapshot'), (lines) =>
      lines.map((line) => {
        if (!line.startsWith('[')) return line;
        const row = JSON.parse(line) as unknown[];
        row[COLUMNS.tags] = { not: 'a list' };
        return JSON.stringify(row.map((value) => (value === 'a'.repeat(64) ? 5 : value)));
      }),
    );
    const loaded = await load(dataDir);
    expect(loaded).toMatchObject({ rows: 2, repaired: 2, invalid: 0 });
    for (const each of loaded.models.values()) {
      expect(each).toMatchObject({
        stamp: '',
        digest: 'none',
        entry: { tags: [], sha256: '', hash_status: 'pending' },
      });
    }
  });

  test('a lost line of words gives no row the words of another', async () => {
    const dataDir = tempFolder();
    const inTwo = Array.from({ length: 500 }, (_, n) => {
      const half = n < 250 ? 'first' : 'second';
      return model(n, { file_path: `/m/a/${half}/m${String(n)}.ckpt`, base_model: half, folder: half });
    });
    await append(dataDir, { upserts: inTwo });
    edit(fileOf(dataDir, 'snapshot'), (lines) => lines.filter((_, at) => at !== 1));
    const loaded = await load(dataDir);
    expect(loaded).toMatchObject({ rows: 250, invalid: 250, repaired: 250 });
    for (const found of loaded.models.values()) {
      expect(found.stamp).toBe('');
      // The word for the usage tips was in the lost line.
      expect({ ...found.entry, usage_tips: '{}' }).toStrictEqual(inTwo[numberIn(found.entry.file_path)]?.entry);
    }
  });

  test.each([0, 1, 40, 200])(
    'a torn tail of the log of %i bytes is stepped over, and the log goes on',
    async (kept) => {
      const dataDir = tempFolder();
      await append(dataDir, { upserts: models(3) }, { upserts: [model(4)] });
      const log = fileOf(dataDir, 'changes');
      const line = readFileSync(log, 'utf8').split('\n')[1] ?? '';
      appendFileSync(log, line.slice(0, kept));
      expect(await load(dataDir)).toMatchObject({ rows: 4, invalid: 0 });
      await append(dataDir, { upserts: [model(5)] });
      expect((await load(dataDir)).models.has(pathOf(5))).toBe(true);
    },
  );

  test.each([0.9, 0.5, 0.02])('a snapshot cut to %f of its length hands out its whole rows', async (share) => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(1_000) });
    const snapshot = fileOf(dataDir, 'snapshot');
    truncateSync(snapshot, Math.floor(statSync(snapshot).size * share));
    const loaded = await load(dataDir);
    expect(loaded.rows + loaded.invalid).toBe(1_000);
    expect(loaded.invalid).toBeGreaterThan(0);
    for (const [path, found] of loaded.models) expect(found).toStrictEqual(model(numberIn(path)));
  });
});

const numberIn = (path: string): number => Number(/\d+/.exec(path)?.[0]);

describe('a store that is not ours', () => {
  const foreign: readonly (readonly [string, (former: string) => string | Buffer])[] = [
    ['an empty file', () => ''],
    ['text', () => 'my notes\n'],
    ['endless bytes', () => Buffer.alloc(3_000_000, 0xff)],
    ['another version', (former) => former.replace('"version":1', '"version":2')],
    ['rows of other roots', (former) => former.replace('/m/b', '/m/c')],
  ];
  test.each(foreign)('%s is set aside and answers as an empty one', async (_, contentOf) => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3) });
    const snapshot = fileOf(dataDir, 'snapshot');
    writeFileSync(snapshot, contentOf(readFileSync(snapshot, 'utf8')));
    const warn = vi.fn();
    expect(await load(dataDir, { ...silentLogger, warn })).toMatchObject({ rows: 0, invalid: 0 });
    expect(warn).toHaveBeenCalledOnce();
    expect(existsSync(`${snapshot}.unreadable-42`)).toBe(true);
    await append(dataDir, { upserts: models(5) });
    expect((await load(dataDir)).rows).toBe(5);
  });

  test('only a few are kept', async () => {
    const dataDir = tempFolder();
    for (let n = 0; n < 5; n++) {
      await append(dataDir, { upserts: models(3) });
      const snapshot = fileOf(dataDir, 'snapshot');
      writeFileSync(snapshot, 'rubbish\n');
      await load(dataDir);
      if (existsSync(`${snapshot}.unreadable-42`))
        renameSync(`${snapshot}.unreadable-42`, `${snapshot}.unreadable-${String(n)}`);
    }
    expect(namesIn(dataDir).filter((name) => name.includes('.unreadable-')).length).toBeLessThanOrEqual(4);
  });

  test('a foreign log is set aside, the snapshot is used', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3) }, { upserts: [model(4)] });
    writeFileSync(
      fileOf(dataDir, 'changes'),
      `{"format":"modelshelf-index-changes","version":1,"changes":"${randomUUID()}"}\n`,
    );
    expect((await load(dataDir)).rows).toBe(3);
    await append(dataDir, { upserts: [model(5)] });
    expect((await load(dataDir)).rows).toBe(4);
  });
});

describe('a disk that fails', () => {
  test('a full one: append rejects, what was there stays, and later appends are read', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3) }, { upserts: [model(4)] });
    const log = fileOf(dataDir, 'changes');
    renameSync(log, `${log}.kept`);
    symlinkSync('/dev/full', log);
    const store = openFileIndexStore(dataDir);
    await expect(store.append(scope, { upserts: [model(9)], removals: [] })).rejects.toThrow('ENOSPC');
    await store.close();
    rmSync(log);
    renameSync(`${log}.kept`, log);
    await append(dataDir, { upserts: [model(5)] });
    expect((await load(dataDir)).paths.toSorted()).toEqual([0, 1, 2, 4, 5].map(pathOf));
  });

  test('a data folder that cannot be made: append rejects, load answers empty', async () => {
    const dataDir = put(tempFolder(), 'file', 'x');
    expect(await load(dataDir)).toMatchObject({ rows: 0, invalid: 0 });
    const store = openFileIndexStore(dataDir);
    await expect(store.append(scope, { upserts: models(3), removals: [] })).rejects.toThrow();
    await store.close();
  });

  test('a listener that throws ends the load, which does not reject', async () => {
    const dataDir = tempFolder();
    await append(dataDir, { upserts: models(3) });
    const error = vi.fn();
    const store = openFileIndexStore(dataDir, { ...silentLogger, error });
    await store.load(scope, () => {
      throw new Error('too late');
    });
    await store.close();
    expect(error).toHaveBeenCalledOnce();
    expect((await load(dataDir)).rows).toBe(3);
  });
});
