import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { DigestRecords, KnownDigest } from '../../../src/ports/digest-records.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { DigestService } from '../../../src/services/digests/digest-service.js';
import type {
  DigestTarget,
  Digester,
  FileDigest,
  PendingDigest,
  SuspectDigest,
} from '../../../src/services/digests/digest-target.js';
import type { DigestProgress } from '../../../src/shapes/progress.js';
import type { FileSignature } from '../../../src/shapes/scan.js';

/** A pending file of this size. */
export function pendingFile(path: string, size = 10, mtimeMs = 1): PendingDigest {
  return { path, file: { size, mtimeMs, ino: 1 } };
}

/** A catalog with nothing but what the service sees of one. */
export class FakeTarget implements DigestTarget {
  readonly pending = new Map<string, PendingDigest>();
  readonly suspected = new Map<string, SuspectDigest>();
  readonly digests = new Map<string, KnownDigest>();

  constructor(...pending: readonly PendingDigest[]) {
    for (const each of pending) this.pending.set(each.path, each);
  }

  pendingDigests(): PendingDigest[] {
    return [...this.pending.values()];
  }

  suspects(): SuspectDigest[] {
    return [...this.suspected.values()];
  }

  setDigest(path: string, file: FileSignature, digest: KnownDigest): boolean {
    const listed = this.pending.get(path) ?? this.suspected.get(path);
    if (listed?.file.mtimeMs !== file.mtimeMs || listed.file.size !== file.size) return false;
    this.pending.delete(path);
    this.suspected.delete(path);
    this.digests.set(path, digest);
    return true;
  }
}

/** Records in memory that can be looked at. */
export class FakeRecords implements DigestRecords {
  readonly kept = new Map<string, { file: FileSignature; digest: KnownDigest }>();
  readonly writes: string[] = [];

  find(path: string, file: FileSignature): KnownDigest | undefined {
    const found = this.kept.get(path);
    const same = found?.file.size === file.size && found.file.mtimeMs === file.mtimeMs && found.file.ino === file.ino;
    return same ? found.digest : undefined;
  }

  keep(path: string, file: FileSignature, digest: KnownDigest): Promise<void> {
    this.kept.set(path, { file, digest });
    this.writes.push(path);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** One reading that a test has to end. */
export interface OpenReading {
  readonly path: string;
  readonly autov3: boolean;
  onBytes(bytes: number): void;
  finish(file?: FileSignature): Promise<void>;
  refuse(refusal: string): Promise<void>;
}

const digestNamed = (path: string): KnownDigest => ({ sha256: `sha256 of ${path}` });

/** Lets promises and a turn of the event loop pass. */
export const turn = (): Promise<void> => sleep(5);

/** A digester whose readings go on until the test ends them. */
export class ManualDigester implements Digester {
  readonly started: string[] = [];
  readonly stopped: string[] = [];
  readonly open: OpenReading[] = [];

  digest(path: string, options: Parameters<Digester['digest']>[1]): Promise<FileDigest> {
    this.started.push(path);
    return new Promise((resolve, reject) => {
      const end = async (settle: () => void): Promise<void> => {
        this.open.splice(this.open.indexOf(reading), 1);
        settle();
        await turn();
      };
      const reading: OpenReading = {
        path,
        autov3: options.autov3,
        onBytes: options.onBytes,
        finish: (file = pendingFile(path).file) => end(() => resolve({ digest: digestNamed(path), file })),
        refuse: (refusal) => end(() => reject(Object.assign(new Error(refusal), { refusal }))),
      };
      this.open.push(reading);
      options.signal.addEventListener('abort', () => {
        if (!this.open.includes(reading)) return;
        this.stopped.push(path);
        void end(() => reject(new Error('aborted')));
      });
    });
  }

  /** Ends the reading of this file. */
  reading(path: string): OpenReading {
    const found = this.open.find((each) => each.path === path);
    if (found === undefined) throw new Error(`not read: ${path}`);
    return found;
  }
}

/** A digester that answers at once. */
export function quickDigester(
  answer?: (path: string) => FileDigest | Error,
): Digester & { readonly started: string[] } {
  const started: string[] = [];
  return {
    started,
    digest: (path) => {
      started.push(path);
      const result = answer?.(path) ?? { digest: digestNamed(path), file: pendingFile(path).file };
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
  };
}

interface SetUp {
  readonly digester: Digester;
  readonly records?: DigestRecords;
  readonly streamsPerDisk?: number;
  readonly disks?: number;
  readonly retryDelays?: readonly number[];
  /** Disk and real path of a path; without it one disk, and no links. */
  readonly placeOf?: (path: string) => { realPath: string; disk: number };
}

/** A service whose progress is kept; closed after the test. */
export function makeService({ placeOf, records = new FakeRecords(), ...parts }: SetUp) {
  const progress: DigestProgress[] = [];
  const closing = new AbortController();
  const time = { now: 1_000_000 };
  const service = new DigestService({
    records,
    placeOf: (path) => Promise.resolve(placeOf?.(path) ?? { realPath: path, disk: 1 }),
    clock: { now: () => time.now },
    logger: silentLogger,
    signal: closing.signal,
    onProgress: (each) => progress.push(each),
    retryDelays: [],
    disks: 4,
    ...parts,
  });
  onTestFinished(async () => {
    closing.abort();
    await service.idle();
  });
  const terminal = (): DigestProgress[] => progress.filter(({ status }) => status !== 'running');
  return { service, records, progress, closing, time, terminal };
}

/** Options of a target with nothing to hear. */
export const eager = { lazy: false, onEntered: (): void => undefined };
export const lazy = { lazy: true, onEntered: (): void => undefined };
