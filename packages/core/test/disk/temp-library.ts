import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runScan } from '../../src/disk/run-scan.js';
import type { ScanJob, ScanOutcome } from '../../src/disk/scan-job.js';
import type { CatalogEntry } from '../../src/shapes/catalog-entry.js';
import type { ModelRoot, ScannedModel } from '../../src/shapes/scan.js';

/** A new folder, removed after the test; its path holds no links. */
export function tempFolder(base = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(base, 'modelshelf-disk-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A header as bytes, with the length in front and data behind it. */
export function safetensors(header: unknown, data = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

let filesPut = 0;

/**
 * Writes a file and the folders above it, and returns its path. The file is old, because what changed a few milliseconds
 * ago is read again by the next scan, and older than the next one, because a file system's clock may stand still.
 */
export function put(folder: string, name: string, content: string | Buffer = safetensors({})): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  filesPut += 1;
  utimesSync(path, 1_700_000_000, 1_700_000_000 + filesPut);
  return path;
}

/** Makes a named pipe: opening it to read would block until somebody writes. */
export function putPipe(folder: string, name: string): string {
  const path = join(folder, name);
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', path]);
  return path;
}

/** The fields that a sidecar must have, and more. */
export function sidecar(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    file_name: 'ink',
    model_name: 'Ink',
    file_path: '/elsewhere/ink.safetensors',
    size: 10,
    modified: 1700000000.5,
    sha256: 'A'.repeat(64),
    ...fields,
  });
}

/** A root with this path. */
export function root(path: string, id = 'loras-0', subType: string | null = null): ModelRoot {
  return { id, path, subType };
}

/** A job over lora folders. */
export function jobOver(...roots: ModelRoot[]): ScanJob {
  return {
    roots,
    extensions: ['.safetensors', '.ckpt'],
    skippedFolders: ['.lm-pending-delete'],
    defaults: { from_civitai: true, sub_type: null, usage_tips: '{}' },
  };
}

/** What a scan found, easy to ask. */
export interface Scanned {
  readonly models: readonly ScannedModel[];
  /** Known models that were told as unchanged. */
  readonly unchanged: readonly string[];
  readonly outcome: ScanOutcome;
  readonly paths: readonly string[];
  readonly codes: readonly string[];
  entry(path: string): CatalogEntry;
}

/** Scans in this thread. */
export function scan(job: ScanJob, during: { counted?: () => void; model?: () => void } = {}): Scanned {
  const models: ScannedModel[] = [];
  const unchanged: string[] = [];
  const outcome = runScan(job, {
    checkpoint: () => undefined,
    counted: () => during.counted?.(),
    models: (chunk, unchangedPaths) => {
      models.push(...chunk);
      unchanged.push(...unchangedPaths);
      during.model?.();
    },
  });
  return {
    models,
    unchanged,
    outcome,
    paths: models.map(({ entry }) => entry.file_path).sort(),
    codes: outcome.issues.map(({ code }) => code).sort(),
    entry: (path) => {
      const found = models.find(({ entry }) => entry.file_path === path);
      if (found === undefined) throw new Error(`not listed: ${path}`);
      return found.entry;
    },
  };
}

/** The same job with what a scan found as known. */
export function knowing(job: ScanJob, ...scans: readonly Scanned[]): ScanJob {
  return {
    ...job,
    known: scans.flatMap(({ models }) => models.map(({ entry, stamp }) => [entry.file_path, stamp] as const)),
    rootIdentities: Object.assign({}, ...scans.map(({ outcome }) => outcome.rootIdentities)),
  };
}
