import { copyFileSync, mkdirSync, renameSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../src/catalog/model-scanner.js';
import { ModelMoves } from '../../src/catalog/moves/model-moves.js';
import type { DepartedModel, RememberedModel } from '../../src/catalog/moves/move-records.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import { probeFile } from '../../src/disk/probe.js';
import { runScan } from '../../src/disk/run-scan.js';
import { ModelshelfError } from '../../src/errors.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { memoryRecordLog } from '../../src/ports/record-log.js';
import type { ModelRoot } from '../../src/shapes/scan.js';
import { jobOver, put, root, safetensors, sidecar, tempFolder } from '../disk/temp-library.js';

const signal = new AbortController().signal;
const steps = { onCounted: () => undefined, onHandled: () => undefined };

function start(roots: readonly ModelRoot[], probe?: (path: string, size: number) => Promise<string | undefined>) {
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const digests = memoryDigestRecords();
  const remembered = memoryRecordLog<RememberedModel>();
  const departed = memoryRecordLog<DepartedModel>();
  const moves = new ModelMoves({ listed, excluded, roots, digests, remembered, departed, probe });
  let isCancelled = false;
  /** Scans in this thread; a scan that is to be cancelled is so after everything was entered. */
  const scanDisk: ScanDisk = async (job, listener) => {
    const told: (() => void | Promise<void>)[] = [];
    const outcome = runScan(job, {
      checkpoint: () => undefined,
      counted: (total, targets) => void told.push(() => listener.onCounted(total, targets)),
      models: (...chunk) => void told.push(() => listener.onModels(...chunk)),
    });
    for (const tell of told) await tell();
    if (isCancelled) throw new ModelshelfError('cancelled', 'The scan was cancelled.');
    return outcome;
  };
  const scanner = new ModelScanner({ listed, excluded, job: jobOver(...roots), scanDisk, digests, moves });
  return {
    listed,
    moves,
    digests,
    departed,
    scan: (only?: readonly string[]) => scanner.scan(steps, { signal, roots: only }),
    cancelled: async () => {
      isCancelled = true;
      await expect(scanner.scan(steps, { signal })).rejects.toThrow('cancelled');
      isCancelled = false;
    },
  };
}

describe('a scan that was ended early', () => {
  it('leaves what it entered to the next one: no row is missing in the index store', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.safetensors');
    const library = start([root(folder)]);
    await library.cancelled();
    expect(library.listed.size).toBe(1);
    expect((await library.scan()).upserts).toEqual([path]);
    expect((await library.scan()).upserts).toEqual([]);
  });

  it('P-15: a file that it found at its new place still takes its metadata over', async () => {
    const folder = tempFolder();
    put(folder, 'a.safetensors');
    put(folder, 'a.metadata.json', sidecar({ notes: 'mine', size: 0, sha256: '' }));
    const library = start([root(folder)]);
    await library.scan();
    renameSync(join(folder, 'a.safetensors'), join(folder, 'b.safetensors'));
    await library.cancelled();
    expect((await library.scan()).moved).toHaveLength(1);
    expect(library.listed.find(join(folder, 'b.safetensors'))?.notes).toBe('mine');
  });
});

describe('a digest that arrives while moves are settled', () => {
  it('is not lost by the row that takes metadata over', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.safetensors', safetensors({ n: '1' }));
    put(folder, 'a.metadata.json', sidecar({ notes: 'mine', size: 0, sha256: '' }));
    const to = join(folder, 'sub/b.safetensors');
    let onProbe: () => void = () => undefined;
    const library = start([root(folder)], async (path, size) => {
      onProbe();
      return probeFile(path, size);
    });
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('no row');
    const probe = await probeFile(from, file.size);
    await library.digests.keep(from, file, { sha256: 'c'.repeat(64), probe });
    library.listed.setDigest(from, file, { sha256: 'c'.repeat(64), probe });
    mkdirSync(join(folder, 'sub'));
    copyFileSync(from, to);
    utimesSync(to, 1_600_000_000, 1_600_000_000);
    unlinkSync(from);
    onProbe = () => {
      const row = library.listed.recordOf(to);
      if (row !== undefined) library.listed.setDigest(to, row.file, { sha256: 'c'.repeat(64) });
    };
    expect((await library.scan()).moved).toEqual([{ from, to }]);
    expect(library.listed.find(to)?.notes).toBe('mine');
    expect(library.listed.recordOf(to)?.digest).toBe('computed');
  });

  it('raises no ghost of a row that a scan takes out meanwhile', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a.safetensors');
    put(folder, 'a.metadata.json', sidecar({ notes: 'mine', size: 0, sha256: '' }));
    const library = start([root(folder)]);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('no row');
    library.listed.setDigest(from, file, { sha256: 'c'.repeat(64) });
    const to = join(folder, 'b.safetensors');
    copyFileSync(from, to);
    utimesSync(to, 1_600_000_000, 1_600_000_000);
    unlinkSync(from);
    await library.scan();
    const row = library.listed.recordOf(to);
    if (row === undefined) throw new Error('no row');
    library.listed.setDigest(to, row.file, { sha256: 'c'.repeat(64) });
    const told = library.moves.onDigest(to, { sha256: 'c'.repeat(64) });
    await Promise.resolve();
    library.listed.remove([to]);
    await library.moves.settled();
    expect(library.listed.size).toBe(0);
    // What the model knew waits for it to come back.
    expect(library.departed.size).toBe(1);
    expect(await told).toEqual([]);
  });
});

describe('a move that two scans see', () => {
  it('P-5: keeps the digest of a model that has nothing else to lose', async () => {
    const [a, b] = [tempFolder(), tempFolder()];
    const from = put(a, 'a.safetensors');
    const library = start([root(a), root(b, 'b')]);
    await library.scan();
    const file = library.listed.recordOf(from)?.file;
    if (file === undefined) throw new Error('no row');
    await library.digests.keep(from, file, { sha256: 'c'.repeat(64) });
    library.listed.setDigest(from, file, { sha256: 'c'.repeat(64) });
    const to = join(b, 'a.safetensors');
    renameSync(from, to);
    await library.scan([root(a).id]);
    await library.scan(['b']);
    expect(library.listed.recordOf(to)?.digest).toBe('computed');
  });
});
