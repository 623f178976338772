import { linkSync, renameSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../src/catalog/model-scanner.js';
import { ModelShelves } from '../../src/catalog/model-shelves.js';
import { ModelMoves } from '../../src/catalog/moves/model-moves.js';
import { TouchedPaths } from '../../src/catalog/touched-paths.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import { runScan } from '../../src/disk/run-scan.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { silentLogger } from '../../src/ports/logger.js';
import { Commit, type CommittedChange, type ToldChange } from '../../src/services/commit.js';
import { jobOver, put, root, safetensors, sidecar, tempFolder } from '../disk/temp-library.js';

/** One model type over one folder, as it is wired in real life. */
function start(folder: string) {
  const roots = [root(folder)] as const;
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const digests = memoryDigestRecords();
  const shelves = new ModelShelves(listed, excluded);
  const moves = new ModelMoves({ listed, excluded, roots, digests });
  const job = jobOver(...roots);
  const touched = new TouchedPaths();
  const told: ToldChange[] = [];
  let undigested = 0;
  const kept: { upserts: readonly string[]; removals: readonly string[] }[] = [];
  let whenRead: (path: string) => unknown = () => undefined;
  const commit = new Commit({
    shelves,
    digests,
    moves,
    kept: {
      apply: (model) => model,
      follow: async () => undefined,
      rejoin: async () => undefined,
      written: async (path) => void (await whenRead(path)),
    },
    job,
    touched,
    rootOf: () => roots[0],
    keep: async (upserts, removals) => void kept.push({ upserts, removals }),
    tell: (change) => told.push(change),
    onUndigested: () => (undigested += 1),
    logger: silentLogger,
  });
  /** What happens on disk and in the catalog between the walk and the rows that it found. */
  let meanwhile: () => Promise<unknown> = async () => undefined;
  const scanDisk: ScanDisk = async (scanJob, listener) => {
    const tell: (() => void | Promise<void>)[] = [];
    const outcome = runScan(scanJob, {
      checkpoint: () => undefined,
      counted: (total, targets) => void tell.push(() => listener.onCounted(total, targets)),
      models: (...chunk) => void tell.push(() => listener.onModels(...chunk)),
    });
    await meanwhile();
    for (const each of tell) await each();
    return outcome;
  };
  const scanner = new ModelScanner({ listed, excluded, job, scanDisk, digests, moves, touched });
  const scan = () =>
    scanner.scan({ onCounted: () => undefined, onHandled: () => undefined }, { signal: new AbortController().signal });
  return {
    listed,
    excluded,
    digests,
    told,
    kept,
    undigested: () => undigested,
    scan,
    commit: (change: CommittedChange) => commit.commit(change),
    onWritten: (work: typeof whenRead) => void (whenRead = work),
    during: (work: () => Promise<unknown>) => void (meanwhile = work),
    paths: () => [...shelves.rows()].map(({ entry }) => entry.file_path).sort(),
  };
}

const computed = { sha256: 'c'.repeat(64) };

describe('Commit', () => {
  it('Invariant: after each mutation the cache’s entries and its hash index agree with the disk', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.safetensors', safetensors({ a: '1' }));
    put(folder, 'a.metadata.json', sidecar({ sha256: 'a'.repeat(64), size: 0, tags: ['x'] }));
    const gone = put(folder, 'b.ckpt', 'b');
    const library = start(folder);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('not listed');
    await library.digests.keep(from, file, computed);
    library.listed.setDigest(from, file, computed);

    const to = join(folder, 'sub.safetensors');
    renameSync(from, to);
    renameSync(join(folder, 'a.metadata.json'), join(folder, 'sub.metadata.json'));
    unlinkSync(gone);
    const rows = await library.commit({ moved: [{ from, to }], left: [gone] });
    expect(rows.map(({ entry }) => entry.file_path)).toEqual([to]);
    expect(library.paths()).toEqual([to]);
    expect(library.listed.findByHash(computed.sha256).map(({ file_path }) => file_path)).toEqual([to]);
    expect(library.listed.recordOf(to)).toMatchObject({ digest: 'computed', entry: { tags: ['x'] } });
    expect(library.listed.rankedTags()).toEqual([{ value: 'x', count: 1 }].map((tag) => expect.objectContaining(tag)));
    expect(library.told).toEqual([{ added: 0, changed: 0, removed: 1, moved: [{ from, to }] }]);
    expect(library.kept.map(({ upserts, removals }) => [[...upserts], [...removals].sort()])).toEqual([
      [[to], [from, gone].sort()],
    ]);
  });

  it('puts a model on the other shelf when its sidecar says so', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'a');
    const library = start(folder);
    await library.scan();
    put(folder, 'a.metadata.json', sidecar({ size: 0, exclude: true }));
    await library.commit({ touched: [path] });
    expect([library.listed.size, library.excluded.size]).toEqual([0, 1]);
  });

  it('has digests looked for when a file is new or another one, not when its metadata are edited', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'a');
    const library = start(folder);
    await library.scan();
    put(folder, 'a.metadata.json', sidecar({ size: 0, sha256: '', notes: 'edited' }));
    await library.commit({ touched: [path] });
    expect(library.listed.recordOf(path)?.entry.notes).toBe('edited');
    expect(library.undigested()).toBe(0);

    put(folder, 'a.metadata.json', sidecar({ size: 0 }));
    await library.commit({ touched: [path] });
    expect(library.undigested()).toBe(1);

    const to = join(folder, 'b.ckpt');
    renameSync(path, to);
    await library.commit({ moved: [{ from: path, to }] });
    expect(library.undigested()).toBe(2);
    const file = library.listed.recordOf(to)?.file;
    if (file === undefined) throw new Error('not listed');
    await library.digests.keep(to, file, computed);
    await library.commit({ touched: [to] });
    expect(library.undigested()).toBe(2);
  });

  it('keeps the digest of a file that was copied to another file system and has another inode and time', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'bytes');
    const library = start(folder);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('not listed');
    await library.digests.keep(from, file, computed);
    const to = put(folder, 'copy.ckpt', 'bytes');
    unlinkSync(from);
    const [row] = await library.commit({ moved: [{ from, to }] });
    expect(row).toMatchObject({ digest: 'computed', entry: { sha256: computed.sha256 } });
  });

  it('does not take the digest along of a file that was written to since it was computed', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'bytes');
    const library = start(folder);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('not listed');
    await library.digests.keep(from, file, computed);
    writeFileSync(from, 'other');
    utimesSync(from, 1_000, 1_000);
    const to = join(folder, 'b.ckpt');
    renameSync(from, to);
    const [row] = await library.commit({ moved: [{ from, to }] });
    expect(row).toMatchObject({ digest: 'none', entry: { sha256: '' } });
  });

  it('a model that shows a preview of the changed one is not listed as it was before another mutation', async () => {
    const folder = tempFolder();
    const other = put(folder, 'foo.ckpt', 'foo');
    const inner = put(folder, 'foo.preview.ckpt', 'inner');
    const library = start(folder);
    await library.scan();
    const to = join(folder, 'sub', 'foo.ckpt');
    put(folder, 'sub/x.txt', '');
    put(folder, 'foo.metadata.json', sidecar({ size: 0 }));
    library.onWritten(async (path) => {
      if (path !== other) return;
      renameSync(other, to);
      await library.commit({ moved: [{ from: other, to }] });
    });
    await library.commit({ touched: [inner] });
    expect(library.paths()).toEqual([inner, to].sort());
  });

  it('a file that came and was moved on purpose is still recognised when a scan sees from where it went', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/x.ckpt', 'bytes');
    put(folder, 'a/x.metadata.json', sidecar({ size: 0, notes: 'mine' }));
    put(folder, 'b/other.ckpt', 'o');
    const library = start(folder);
    await library.scan();
    const [came, to] = [join(folder, 'b', 'x.ckpt'), join(folder, 'b', 'z.ckpt')];
    linkSync(from, came);
    await library.scan();
    renameSync(came, to);
    await library.commit({ moved: [{ from: came, to }] });
    unlinkSync(from);
    await library.scan();
    expect(library.listed.recordOf(to)?.entry.notes).toBe('mine');
  });

  it('Invariant: a reconcile skips paths that changed since its walk began', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.ckpt', 'a');
    const back = put(folder, 'away/b.ckpt', 'b');
    const library = start(folder);
    await library.scan();
    unlinkSync(back);
    const to = join(folder, 'c.ckpt');
    library.during(async () => {
      renameSync(from, to);
      await library.commit({ moved: [{ from, to }] });
      writeFileSync(back, 'restored');
      await library.commit({ touched: [back] });
    });
    await library.scan();
    expect(library.paths()).toEqual([back, to].sort());
  });
});

it('a model that shows the preview of one whose name differs in case only follows when that one takes it along', async () => {
  const folder = tempFolder();
  const small = put(folder, 'foo.ckpt', 'small');
  const large = put(folder, 'FOO.ckpt', 'large');
  const preview = put(folder, 'FOO.WEBP', 'webp');
  const library = start(folder);
  await library.scan();
  expect(library.listed.find(small)?.preview_url).toBe(preview);
  const to = join(folder, 'away.ckpt');
  renameSync(large, to);
  renameSync(preview, join(folder, 'away.WEBP'));
  await library.commit({ moved: [{ from: large, to }] });
  expect(library.listed.find(small)?.preview_url).toBe('');
  expect(library.listed.find(to)?.preview_url).toBe(join(folder, 'away.WEBP'));
});
