import { on } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { ModelshelfError } from '../errors.js';
import type { ScannedModel } from '../shapes/scan.js';
import type { KnownModel, ScanJob, ScanListener, ScanOutcome } from './scan-job.js';
import { startDiskWorker } from './start-worker.js';
import { ABORT, ACKNOWLEDGED, CONTROL_BYTES, type ScanInput, type ScanMessage } from './worker-protocol.js';

/** What there is without roots: no thread is needed to see it. */
const NOTHING: ScanOutcome = {
  counted: 0,
  issues: [],
  issuesDropped: 0,
  offlineRoots: [],
  unreadablePaths: [],
  linkTargets: [],
  rootIdentities: {},
  opened: 0,
};

/**
 * Scans the disk in a thread of its own and passes on what it finds, chunk by chunk; the event loop gets a turn between
 * two chunks, and the thread waits when the listener is slow.
 *
 * Rejects with `cancelled` when the signal aborts, with `internal` when the thread breaks, and with the listener's own
 * error when that throws. Whatever happens, the thread has ended when this settles.
 */
export async function scanInWorker(job: ScanJob, listener: ScanListener, signal: AbortSignal): Promise<ScanOutcome> {
  if (signal.aborted) throw cancelled();
  if (job.roots.length === 0) {
    listener.onCounted(0, new Set());
    return NOTHING;
  }
  const control = new SharedArrayBuffer(CONTROL_BYTES);
  const flags = new Int32Array(control);
  const stop = (): void => {
    Atomics.store(flags, ABORT, 1);
    Atomics.notify(flags, ACKNOWLEDGED);
  };
  const { known = [], ...task } = job;
  const worker = start(task, control);
  signal.addEventListener('abort', stop, { once: true });
  const handedOver = handOver(worker, known, () => Atomics.load(flags, ABORT) !== 0);
  try {
    for await (const message of messagesOf(worker, signal)) {
      if (message.kind === 'done') return parseOwn<ScanOutcome>(message.outcome);
      if (message.kind === 'counted') {
        listener.onCounted(message.total, new Set(message.linkTargets));
        continue;
      }
      const models = parseOwn<readonly ScannedModel[]>(message.models);
      await listener.onModels(models, parseOwn<readonly string[]>(message.unchangedPaths), message.handled);
      Atomics.add(flags, ACKNOWLEDGED, 1);
      Atomics.notify(flags, ACKNOWLEDGED);
      await setImmediate();
    }
    throw broken();
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await handedOver;
    await worker.terminate();
  }
}

/** Rows that are handed to the thread in one turn of the event loop: well below a millisecond. */
const KNOWN_PER_TURN = 500;

/** Tells the thread what is known, piece by piece, and then to begin. */
async function handOver(worker: Worker, known: readonly KnownModel[], isStopped: () => boolean): Promise<void> {
  const tell = (message: ScanInput): void => worker.postMessage(message);
  for (let from = 0; from < known.length && !isStopped(); from += KNOWN_PER_TURN) {
    tell({ kind: 'known', models: JSON.stringify(known.slice(from, from + KNOWN_PER_TURN)) });
    await setImmediate();
  }
  tell({ kind: 'begin' });
}

/** Our own worker wrote the text from a value of this type; checking it again would double the main thread's work. */
function parseOwn<T>(text: string): T {
  return JSON.parse(text) as T;
}

function cancelled(): ModelshelfError {
  return new ModelshelfError('cancelled', 'The scan was cancelled.');
}

function broken(cause?: unknown): ModelshelfError {
  return new ModelshelfError('internal', 'The scan ended unexpectedly.', { cause });
}

function start(job: ScanJob, control: SharedArrayBuffer): Worker {
  try {
    return startDiskWorker({ kind: 'scan', job, control });
  } catch (error) {
    throw broken(error);
  }
}

/** The messages of a worker until it exits. An error of the thread and an abort reject. */
async function* messagesOf(worker: Worker, signal: AbortSignal): AsyncIterable<ScanMessage> {
  try {
    for await (const args of on(worker, 'message', { close: ['exit'], signal })) {
      // What arrived before the abort would still be given out.
      if (signal.aborted) throw cancelled();
      const [message] = args as readonly ScanMessage[];
      if (message !== undefined) yield message;
    }
  } catch (error) {
    throw signal.aborted ? cancelled() : broken(error);
  }
}
