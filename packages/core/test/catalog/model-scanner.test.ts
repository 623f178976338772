import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk, type ScanResult } from '../../src/catalog/model-scanner.js';
import { ModelMoves } from '../../src/catalog/moves/model-moves.js';
import type { DepartedModel, KnownRoot, RememberedModel } from '../../src/catalog/moves/move-records.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import { probeFile } from '../../src/disk/probe.js';
import { runScan } from '../../src/disk/run-scan.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { memoryRecordLog } from '../../src/ports/record-log.js';
import { ModelMetadataReader } from '../../src/services/metadata/model-metadata-reader.js';
import type { CatalogEntry } from '../../src/shapes/catalog-entry.js';
import type { ModelRoot, ScannedModel } from '../../src/shapes/scan.js';
import { jobOver, put, root, safetensors, sidecar, tempFolder } from '../disk/temp-library.js';

const signal = new AbortController().signal;
const steps = { onCounted: () => undefined, onHandled: () => undefined };

/** Scans in this thread, chunk by chunk as the worker tells them. */
const scanHere: ScanDisk = async (job, listener) => {
  const told: (() => void | Promise<void>)[] = [];
  const outcome = runScan(job, {
    checkpoint: () => undefined,
    counted: (total, targets) => void told.push(() => listener.onCounted(total, targets)),
    models: (...chunk) => void told.push(() => listener.onModels(...chunk)),
  });
  for (const tell of told) await tell();
  return outcome;
};

function recordsOf() {
  return {
    digests: memoryDigestRecords(),
    remembered: memoryRecordLog<RememberedModel>(),
    departed: memoryRecordLog<DepartedModel>(),
    known: memoryRecordLog<KnownRoot>(),
  };
}

/** A process over these roots; the records outlive it. */
function start(
  roots: readonly ModelRoot[],
  records = recordsOf(),
  rows: readonly ScannedModel[] = [],
  now = Date.now(),
) {
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  listed.upsert(rows.filter(({ entry }) => !entry.exclude));
  excluded.upsert(rows.filter(({ entry }) => entry.exclude));
  const { digests, remembered, departed, known } = records;
  const clock = { now: () => now };
  const moves = new ModelMoves({ listed, excluded, roots, digests, remembered, departed, clock });
  const job = jobOver(...roots);
  const scanner = new ModelScanner({ listed, excluded, job, scanDisk: scanHere, digests, moves, roots: known });
  const all = (): readonly ScannedModel[] => [...listed.records(), ...excluded.records()];
  return {
    listed,
    excluded,
    moves,
    records,
    all,
    scanner,
    scan: (options: { full?: boolean; roots?: readonly string[] } = {}): Promise<ScanResult> =>
      scanner.scan(steps, { signal, ...options }),
    entry: (path: string): Readonly<CatalogEntry> | undefined => listed.find(path) ?? excluded.find(path),
    /** The next process: with the rows that a store would have kept. */
    restart: (withRows = true, later = 0) => start(roots, records, withRows ? all() : [], now + later),
  };
}

const rowsOf = (models: readonly ScannedModel[]): unknown[] =>
  models
    .map(({ root: id, entry, file, origin, digest, aliases }) => ({ id, entry, file, origin, digest, aliases }))
    .sort((a, b) => (a.entry.file_path < b.entry.file_path ? -1 : 1));

/** A copy on another file system keeps the time and has another inode. */
function copyTo(from: string, to: string): void {
  copyFileSync(from, to);
  utimesSync(to, 1_600_000_000, 1_600_000_000);
}

describe('ModelScanner', () => {
  it('I14: after a scan the listed paths equal the model files on disk minus excluded and corrupt-sidecar ones, and the hash index contains exactly the listed hashes', async () => {
    const folder = tempFolder();
    const listed = put(folder, 'a.ckpt', 'x');
    put(folder, 'a.metadata.json', sidecar({ size: 1 }));
    put(folder, 'out.ckpt', 'x');
    put(folder, 'out.metadata.json', sidecar({ exclude: true, size: 1, sha256: 'b'.repeat(64) }));
    put(folder, 'bad.ckpt', 'x');
    put(folder, 'bad.metadata.json', '{');
    const library = start([root(folder)]);
    expect(await library.scan()).toMatchObject({ added: 2, changed: 0, removed: 0 });
    expect([...library.listed.entries()].map(({ file_path }) => file_path)).toEqual([listed]);
    expect(library.listed.findByHash('a'.repeat(64))).toHaveLength(1);
    expect(library.listed.findByHash('b'.repeat(64))).toHaveLength(0);
    expect(library.excluded.size).toBe(1);
  });

  it('I22: scanning the same unchanged tree twice gives equal entries, and the second scan opens nothing', async () => {
    const folder = tempFolder();
    for (let i = 0; i < 100; i++) put(folder, `${String(i % 5)}/m${String(i)}.safetensors`);
    const library = start([root(folder)]);
    const first = await library.scan();
    expect(first).toMatchObject({ added: 100, upserts: { length: 100 } });
    const before = rowsOf(library.all());
    expect(await library.scan()).toMatchObject({ added: 0, changed: 0, removed: 0, moved: [], upserts: [], opened: 0 });
    expect(rowsOf(library.all())).toEqual(before);
    expect((await library.scan({ full: true })).opened).toBe(100);
    expect(rowsOf(library.all())).toEqual(before);
    const warm = library.restart();
    expect(await warm.scan()).toMatchObject({ opened: 0, upserts: [] });
  });

  it('I26: two model files that resolve to the same physical file appear once, also when one root is scanned alone', async () => {
    const folder = tempFolder();
    const outside = tempFolder();
    put(outside, 'm.ckpt', 'x');
    const roots = [root(join(folder, 'one')), root(join(folder, 'two'), 'loras-1')];
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      symlinkSync(join(outside, 'm.ckpt'), join(folder, name, 'm.ckpt'));
    }
    const real = put(folder, 'one/real.ckpt', 'x');
    symlinkSync(real, join(folder, 'two/real.ckpt'));
    const library = start(roots);
    await library.scan();
    const before = rowsOf(library.all());
    expect(before).toHaveLength(2);
    const targets = [...library.scanner.linkTargets];
    expect(targets).toEqual([join(outside, 'm.ckpt')]);
    for (const id of ['loras-0', 'loras-1']) {
      expect(await library.scan({ roots: [id] })).toMatchObject({ added: 0, removed: 0 });
      expect(rowsOf(library.all())).toEqual(before);
      expect([...library.scanner.linkTargets]).toEqual(targets);
    }
  });

  it('R-W7: an unplugged drive keeps the exclusion, and a model changes sides when its sidecar says so', async () => {
    const folder = tempFolder();
    const path = put(folder, 'drive/out.ckpt', 'x');
    put(folder, 'drive/out.metadata.json', sidecar({ exclude: true }));
    const library = start([root(join(folder, 'drive'))]);
    await library.scan();
    renameSync(join(folder, 'drive'), join(folder, 'away'));
    expect(await library.scan()).toMatchObject({ offlineRoots: ['loras-0'], removed: 0 });
    expect(library.excluded.size).toBe(1);
    renameSync(join(folder, 'away'), join(folder, 'drive'));
    put(folder, 'drive/out.metadata.json', sidecar());
    expect(await library.scan()).toMatchObject({ changed: 1, added: 0, removed: 0, removals: [] });
    expect([library.listed.size, library.excluded.size]).toEqual([1, 0]);
    expect(library.entry(path)?.exclude).toBe(false);
  });

  it('P-14: an unmounted drive is offline and loses nothing, also after a restart; an emptied root is empty', async () => {
    const folder = tempFolder();
    const drive = join(folder, 'drive');
    const path = put(drive, 'a.ckpt', 'x');
    const library = start([root(drive)]);
    await library.scan();
    renameSync(drive, join(folder, 'unplugged'));
    mkdirSync(drive);
    const warm = library.restart();
    for (let i = 0; i < 2; i++) {
      const { issues, offlineRoots, removed } = await warm.scan();
      expect({ codes: issues.map(({ code }) => code), offlineRoots, removed }).toEqual({
        codes: ['root_offline'],
        offlineRoots: ['loras-0'],
        removed: 0,
      });
    }
    expect(warm.entry(path)).toBeDefined();
    rmSync(drive, { recursive: true });
    renameSync(join(folder, 'unplugged'), drive);
    rmSync(path);
    expect(await warm.scan()).toMatchObject({ offlineRoots: [], removed: 1, removals: [path] });
  });

  it('P-7: added, replaced, renamed, deleted and re-added files are seen by one reconcile, and a rescan is idempotent', async () => {
    const folder = tempFolder();
    const [kept, gone] = [put(folder, 'kept.ckpt', 'x'), put(folder, 'gone.ckpt', 'x')];
    const from = put(folder, 'from.ckpt', 'x');
    put(folder, 'from.metadata.json', sidecar({ tags: ['t'] }));
    const library = start([root(folder)]);
    await library.scan();
    put(folder, 'kept.ckpt', 'longer');
    rmSync(gone);
    const to = join(folder, 'to.ckpt');
    renameSync(from, to);
    renameSync(join(folder, 'from.metadata.json'), join(folder, 'to.metadata.json'));
    put(folder, 'new.ckpt', 'x');
    const result = await library.scan();
    expect(result).toMatchObject({ added: 1, changed: 1, removed: 1, moved: [{ from, to }] });
    expect([...result.removals].sort()).toEqual([from, gone].sort());
    expect(library.entry(to)?.tags).toEqual(['t']);
    expect(library.entry(kept)?.size).toBe(6);
    expect(await library.scan()).toMatchObject({ added: 0, changed: 0, removed: 0, moved: [] });
    put(folder, 'gone.ckpt', 'x');
    expect(await library.scan()).toMatchObject({ added: 1, moved: [] });
    expect(library.listed.size).toBe(4);
  });

  it('R-W38: a file that was replaced by one of the same size loses the digest of the old one', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', '1234567890');
    put(folder, 'a.metadata.json', sidecar());
    const library = start([root(folder)]);
    await library.scan();
    expect(library.entry(path)?.sha256).toBe('a'.repeat(64));
    put(folder, 'a.ckpt', '0987654321');
    for (const full of [false, true]) {
      await library.scan({ full });
      expect(library.entry(path)).toMatchObject({ sha256: '', hash_status: 'pending' });
    }
    put(folder, 'a.metadata.json', sidecar({ sha256: 'b'.repeat(64) }));
    await library.scan();
    expect(library.entry(path)?.sha256).toBe('b'.repeat(64));
  });

  it('a digest that was computed goes before what a sidecar states, until the file changes', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', '1234567890');
    put(folder, 'a.metadata.json', sidecar());
    const library = start([root(folder)]);
    await library.scan();
    const file = library.listed.recordOf(path)?.file;
    if (file === undefined) throw new Error('not listed');
    await library.records.digests.keep(path, file, { sha256: 'c'.repeat(64), autov3: 'd'.repeat(12) });
    await library.scan({ full: true });
    expect(library.listed.recordOf(path)).toMatchObject({
      digest: 'computed',
      entry: { sha256: 'c'.repeat(64), autov3: 'd'.repeat(12) },
    });
    put(folder, 'a.ckpt', '0987654321');
    await library.scan();
    expect(library.listed.recordOf(path)).toMatchObject({ digest: 'none', entry: { sha256: '' } });
  });

  it('rejects with `cancelled` when the signal aborts before rows are taken out', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'x');
    const library = start([root(folder)]);
    await library.scan();
    rmSync(path);
    await expect(library.scanner.scan(steps, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(library.listed.size).toBe(1);
  });
});

describe('files that are moved outside', () => {
  const described = sidecar({
    tags: ['mine'],
    notes: 'n',
    favorite: true,
    civitai: { id: 4 },
    usage_tips: '{"strength":1}',
  });

  it('P-15: after 1,000 files moved between roots with the process stopped, tags, notes and previews are still attached', async () => {
    const folder = tempFolder();
    const roots = [root(join(folder, 'one')), root(join(folder, 'two'), 'loras-1')];
    mkdirSync(join(folder, 'two'));
    for (let i = 0; i < 1_000; i++) {
      put(folder, `one/m${String(i)}.ckpt`, 'x');
      put(
        folder,
        `one/m${String(i)}.metadata.json`,
        sidecar({ tags: [`t${String(i)}`], notes: `n${String(i)}`, size: 1 }),
      );
      put(folder, `one/m${String(i)}.png`, 'x');
    }
    put(folder, 'one/stays.ckpt', 'x');
    const library = start(roots);
    await library.scan();
    for (let i = 0; i < 1_000; i++) {
      renameSync(join(folder, `one/m${String(i)}.ckpt`), join(folder, `two/other${String(i)}.ckpt`));
    }
    const warm = library.restart();
    const result = await warm.scan();
    expect(result).toMatchObject({ added: 0, removed: 0, moved: { length: 1_000 }, issues: [] });
    for (let i = 0; i < 1_000; i++) {
      expect(warm.entry(join(folder, `two/other${String(i)}.ckpt`))).toMatchObject({
        tags: [`t${String(i)}`],
        notes: `n${String(i)}`,
        preview_url: join(folder, `one/m${String(i)}.png`),
        sha256: 'a'.repeat(64),
      });
    }
    const before = rowsOf(warm.all());
    expect(await warm.scan()).toMatchObject({ opened: 0, upserts: [] });
    await warm.scan({ full: true });
    expect(rowsOf(warm.all())).toEqual(before);
    const cold = warm.restart(false);
    await cold.scan();
    expect(rowsOf(cold.all())).toEqual(before);
  });

  it('P-15: a digest that was computed follows a rename without a second read', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'x');
    const library = start([root(folder)]);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('not listed');
    const digest = { sha256: 'c'.repeat(64), probe: 'p' };
    await library.records.digests.keep(from, file, digest);
    library.listed.setDigest(from, file, digest);
    const to = join(folder, 'b.ckpt');
    renameSync(from, to);
    expect((await library.scan()).moved).toEqual([{ from, to }]);
    expect(library.listed.recordOf(to)).toMatchObject({ digest: 'computed', entry: { sha256: digest.sha256 } });
    expect(library.records.digests.find(to, file)).toMatchObject(digest);
  });

  it('P-15: a copy on another disk is recognised by size and probe, its digest counts as stated', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'bytes');
    put(folder, 'a.metadata.json', described);
    put(folder, 'other.ckpt', 'BYTES');
    const library = start([root(folder)]);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    const probe = await probeFile(from, 5);
    if (file === undefined || probe === undefined) throw new Error('not listed');
    await library.records.digests.keep(from, file, { sha256: 'c'.repeat(64), probe });
    await library.scan({ full: true });
    const to = join(folder, 'sub.ckpt');
    copyTo(from, to);
    unlinkSync(from);
    copyTo(join(folder, 'other.ckpt'), join(folder, 'same-size.ckpt'));
    expect((await library.scan()).moved).toEqual([{ from, to }]);
    const row = library.listed.recordOf(to);
    expect(row).toMatchObject({
      origin: 'remembered',
      digest: 'stated',
      entry: { tags: ['mine'], notes: 'n', favorite: true, usage_tips: '{"strength":1}', sha256: 'c'.repeat(64) },
    });
    const before = rowsOf(library.all());
    await library.scan({ full: true });
    expect(rowsOf(library.all())).toEqual(before);
  });

  it('P-15: a file that comes back later is recognised once it was hashed, unless 30 days have gone', async () => {
    for (const [days, isKept] of [
      [29, true],
      [31, false],
    ] as const) {
      const folder = tempFolder();
      const elsewhere = tempFolder();
      const from = put(folder, 'a.ckpt', 'bytes');
      put(folder, 'a.metadata.json', sidecar({ tags: ['mine'], sha256: 'c'.repeat(64), size: 5 }));
      put(folder, 'other.ckpt', 'BYTES');
      const library = start([root(folder)]);
      await library.scan();
      copyTo(from, join(elsewhere, 'a.ckpt'));
      rmSync(from);
      expect(await library.scan()).toMatchObject({ removed: 1, moved: [] });
      const later = library.restart(true, days * 24 * 3_600_000);
      await later.scan();
      const to = join(folder, 'back.ckpt');
      copyTo(join(elsewhere, 'a.ckpt'), to);
      expect(await later.scan()).toMatchObject({ added: 1, moved: [] });
      const digest = { sha256: 'c'.repeat(64) };
      const enter = async (path: string, sha256: string): Promise<unknown> => {
        const file = later.listed.recordOf(path)?.file;
        if (file === undefined) throw new Error('not listed');
        await later.records.digests.keep(path, file, { sha256 });
        later.listed.setDigest(path, file, { sha256 });
        return later.moves.onDigest(path, { sha256 });
      };
      // Another file of that size has no digest yet: it could be the same.
      expect(await enter(to, digest.sha256)).toEqual([]);
      const found = await enter(join(folder, 'other.ckpt'), 'd'.repeat(64));
      expect(found).toEqual(isKept ? [{ from, to }] : []);
      expect(later.entry(to)?.tags).toEqual(isKept ? ['mine'] : []);
    }
  });

  it('P-15: ambiguous cases are listed and none is guessed', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'bytes');
    put(folder, 'a.metadata.json', described);
    const library = start([root(folder)]);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    const probe = await probeFile(from, 5);
    if (file === undefined || probe === undefined) throw new Error('not listed');
    await library.records.digests.keep(from, file, { sha256: 'c'.repeat(64), probe });
    for (const name of ['b.ckpt', 'c.ckpt']) copyTo(from, join(folder, name));
    unlinkSync(from);
    const { moved, issues, added, removed } = await library.scan();
    expect({ moved, added, removed }).toEqual({ moved: [], added: 2, removed: 1 });
    expect(issues).toEqual([
      {
        code: 'move_ambiguous',
        path: join(folder, 'b.ckpt'),
        message: expect.stringContaining(join(folder, 'c.ckpt')),
      },
    ]);
    expect(library.entry(join(folder, 'b.ckpt'))?.tags).toEqual([]);
    // Invariant: an ambiguous move is told by every scan until it is no longer ambiguous.
    expect((await library.scan()).issues).toEqual(issues);
    unlinkSync(join(folder, 'c.ckpt'));
    const later = await library.scan();
    expect(later).toMatchObject({ issues: [], moved: [{ from, to: join(folder, 'b.ckpt') }] });
    expect(library.entry(join(folder, 'b.ckpt'))?.tags).not.toEqual([]);
  });

  it('P-15: the roots may be scanned one after the other', async () => {
    const folder = tempFolder();
    const from = put(folder, 'one/a.ckpt', 'x');
    put(folder, 'one/a.metadata.json', described);
    put(folder, 'two/b.ckpt', 'x');
    const library = start([root(join(folder, 'one')), root(join(folder, 'two'), 'loras-1')]);
    await library.scan();
    const to = join(folder, 'two/a.ckpt');
    renameSync(from, to);
    expect(await library.scan({ roots: ['loras-1'] })).toMatchObject({ added: 1, removed: 0, moved: [] });
    expect(await library.scan({ roots: ['loras-0'] })).toMatchObject({ removed: 0, moved: [{ from, to }] });
    expect(library.entry(to)?.tags).toEqual(['mine']);
  });

  it('a sidecar of its own wins over what is remembered, a preview that was left behind may go and come back', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'x');
    put(folder, 'a.metadata.json', described);
    const preview = put(folder, 'a.png', 'x');
    const library = start([root(folder)]);
    await library.scan();
    const to = join(folder, 'b.ckpt');
    renameSync(from, to);
    await library.scan();
    expect(library.entry(to)?.preview_url).toBe(preview);
    rmSync(preview);
    expect((await library.scan()).upserts).toEqual([to]);
    expect(library.entry(to)?.preview_url).toBe('');
    put(folder, 'a.png', 'x');
    await library.scan();
    expect(library.entry(to)?.preview_url).toBe(preview);
    const reader = new ModelMetadataReader('Lora', library.moves);
    expect(await reader.civitaiOf({ path: to, size: 1 }, [])).toEqual({ civitai: { id: 4 }, source: 'remembered' });
    put(folder, 'b.metadata.json', sidecar({ tags: ['own'] }));
    await library.scan();
    expect(library.listed.recordOf(to)).toMatchObject({ origin: 'sidecar', entry: { tags: ['own'], notes: '' } });
    expect(library.records.remembered.size).toBe(0);
    expect((await reader.civitaiOf({ path: to, size: 1 }, [])).source).toBe('sidecar');
  });

  it('another file at the same path takes nothing over', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'x');
    put(folder, 'a.metadata.json', described);
    const library = start([root(folder)]);
    await library.scan();
    const to = join(folder, 'b.ckpt');
    renameSync(from, to);
    await library.scan();
    put(folder, 'b.ckpt', 'another');
    await library.scan();
    expect(library.listed.recordOf(to)).toMatchObject({ origin: 'none', entry: { tags: [], notes: '' } });
  });
});

describe('whatever happens to the tree', () => {
  const runs = process.env['MODELSHELF_DEEP'] === '1' ? 1000 : 60;
  const places = ['one/a', 'one/b', 'one/x/a', 'two/a', 'two/c'];
  const name = fc
    .tuple(fc.constantFrom(...places), fc.constantFrom('.ckpt', '.safetensors', '.metadata.json', '.png'))
    .map((parts) => parts.join(''));
  type Edit = (folder: string, turn: number) => void;
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    // Every file has a size of its own: a file that is replaced by one of the same size keeps no digest.
    fc.tuple(name, fc.boolean()).map(([file, exclude]): Edit => (folder, turn) => {
      const text = file.endsWith('.json')
        ? sidecar({ exclude, tags: [String(turn)], size: 0, sha256: '' })
        : safetensors({}, Buffer.alloc(turn));
      put(folder, file, text);
    }),
    name.map(
      (file): Edit =>
        (folder) =>
          rmSync(join(folder, file), { force: true }),
    ),
    fc.tuple(name, name).map(
      ([from, to]): Edit =>
        (folder) =>
          renameSync(join(folder, from), join(folder, to)),
    ),
  );

  it('I14: an incremental scan gives the same rows as a full scan with a fresh catalog and the same records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 8 }), { minLength: 2, maxLength: 4 }), async (rounds) => {
        const folder = tempFolder();
        for (const place of ['one/x', 'two']) mkdirSync(join(folder, place), { recursive: true });
        const library = start([root(join(folder, 'one')), root(join(folder, 'two'), 'loras-1')]);
        let turn = 0;
        for (const edits of rounds) {
          for (const each of edits) {
            try {
              each(folder, ++turn);
            } catch {
              // An edit of what is not there is none.
            }
          }
          const { upserts, removals } = await library.scan();
          const fresh = library.restart(false);
          await fresh.scan();
          expect(rowsOf(library.all())).toEqual(rowsOf(fresh.all()));
          expect(upserts.filter((path) => removals.includes(path))).toEqual([]);
        }
        rmSync(folder, { recursive: true });
      }),
      { numRuns: runs },
    );
  });
});
