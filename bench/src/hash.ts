// SHA-256 of model files through the digest service, beside openssl in the same run (bench/README.md).
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { numericArguments } from './arguments.js';
import { startChild, type Child } from './child-process.js';
import type { HashResult, HashTask } from './hash-process.js';
import { machineLine } from './machine.js';
import { median, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';

const AIM_DELAY_P99 = 20;
const MIB = 1024 * 1024;

interface Variant {
  readonly name: string;
  readonly files: 'one' | 'four';
  readonly autov3: boolean;
  readonly streamsPerDisk: number;
  /** The smallest ratio to openssl that is good enough. */
  readonly aim?: number;
}

const VARIANTS: readonly Variant[] = [
  { name: 'one file', files: 'one', autov3: false, streamsPerDisk: 1, aim: 1.1 },
  { name: 'one file, AutoV3 too', files: 'one', autov3: true, streamsPerDisk: 1, aim: 0.65 },
  { name: 'four files, 1 stream a disk', files: 'four', autov3: false, streamsPerDisk: 1 },
  { name: 'four files, as many streams as cores', files: 'four', autov3: false, streamsPerDisk: 0, aim: 1.1 },
  {
    name: 'four files, as many streams as cores, AutoV3 too',
    files: 'four',
    autov3: true,
    streamsPerDisk: 0,
    aim: 0.65,
  },
];

interface Round {
  readonly openssl: number;
  readonly result: HashResult;
}

/** A safetensors file with one tensor of random bytes, whose header states no AutoV3. */
function writeModel(path: string, bytes: number): void {
  const header = JSON.stringify({ w: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const block = randomFillSync(Buffer.allocUnsafe(8 * MIB));
  const fd = openSync(path, 'wx');
  try {
    writeSync(fd, Buffer.concat([length, Buffer.from(header)]));
    for (let left = bytes; left > 0; left -= block.length) writeSync(fd, block, 0, Math.min(left, block.length));
  } finally {
    closeSync(fd);
  }
}

/** The service is no public export, and its threads do not run from sources: both are bundled side by side. */
async function bundle(folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await build({
    entryPoints: {
      'hash-process': fileURLToPath(new URL('./hash-process.ts', import.meta.url)),
      'disk-worker': fileURLToPath(new URL('../../packages/core/src/disk/disk-worker.ts', import.meta.url)),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
}

async function openssl(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)('openssl', ['dgst', '-sha256', '-r', path]);
  return stdout.slice(0, 64);
}

/** The baseline: as many processes at a time as there are cores, each with one file. */
async function runOpenssl(paths: readonly string[]): Promise<{ milliseconds: number; digests: readonly string[] }> {
  const digests = new Map<string, string>();
  const queue = [...paths];
  const before = performance.now();
  const worker = async (): Promise<void> => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) digests.set(path, await openssl(path));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { milliseconds: performance.now() - before, digests: paths.map((path) => digests.get(path) ?? '') };
}

async function runRound(child: Child, paths: readonly string[], variant: Variant): Promise<Round> {
  const baseline = await runOpenssl(paths);
  const streamsPerDisk = variant.streamsPerDisk || availableParallelism();
  const task: HashTask = { paths, autov3: variant.autov3, streamsPerDisk };
  const result = await child.ask<HashResult>(JSON.stringify(task));
  if (result.digests.join() !== baseline.digests.join()) throw new Error(`${variant.name}: the digests differ.`);
  if (result.autov3 !== (variant.autov3 ? paths.length : 0)) throw new Error(`${variant.name}: wrong AutoV3s.`);
  return { openssl: baseline.milliseconds, result };
}

function rowOf({ name, aim }: Variant, rounds: readonly Round[], bytes: number): string[] {
  const speed = (milliseconds: number): number => bytes / milliseconds / 1e6;
  const ratios = rounds.map(({ openssl, result }) => openssl / result.milliseconds);
  const p99 = median(rounds.map(({ result }) => result.delayP99));
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  return [
    name,
    median(rounds.map(({ openssl }) => speed(openssl))).toFixed(2),
    withRange(rounds.map(({ result }) => speed(result.milliseconds))),
    withRange(ratios),
    aim === undefined ? '' : `${aim.toFixed(2)} ${verdict(median(ratios) >= aim)}`,
    `${p99.toFixed(1)} ${verdict(p99 < AIM_DELAY_P99)}`,
  ];
}

async function main(): Promise<void> {
  const { size, rounds } = numericArguments({ size: 4096, rounds: 5 });
  console.log(
    `${machineLine()}; ${String(size)} MiB in one file and in four, ${String(rounds)} rounds, page cache warm\n`,
  );
  await withTempFolder(async (folder) => {
    await bundle(folder);
    const one = [join(folder, 'one.safetensors')];
    const four = ['a', 'b', 'c', 'd'].map((name) => join(folder, `${name}.safetensors`));
    for (const path of one) writeModel(path, size * MIB);
    for (const path of four) writeModel(path, (size / 4) * MIB);
    const child = startChild(pathToFileURL(join(folder, 'hash-process.js')), []);
    try {
      const measured = new Map<Variant, Round[]>(VARIANTS.map((variant) => [variant, []]));
      // Starts the threads, and brings what later rounds read into the page cache.
      for (const variant of VARIANTS) await runRound(child, variant.files === 'one' ? one : four, variant);
      for (let round = 0; round < rounds; round++) {
        for (const [variant, results] of measured) {
          results.push(await runRound(child, variant.files === 'one' ? one : four, variant));
        }
      }
      const rows = [...measured].map(([variant, results]) => rowOf(variant, results, size * MIB));
      const head = ['files', 'openssl GB/s', 'GB/s (min-max)', 'ratio (min-max)', 'aim', 'loop delay p99, ms'];
      console.log(table(head, rows));
    } finally {
      await child.stop();
    }
  });
}

await main();
