// The entry of the worker thread: it does the one task that it was started with.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { digestFile } from './digest-file.js';
import { runScan } from './run-scan.js';
import {
  ABORT,
  ACKNOWLEDGED,
  BYTES_READ,
  MAX_UNACKNOWLEDGED,
  type DigestAnswer,
  type DigestRequest,
  type ScanMessage,
  type WorkerTask,
} from './worker-protocol.js';

const BUFFER_BYTES = 1024 * 1024;

/** Unwinds a scan; nothing is posted after it. */
class ScanStopped extends Error {}

function serveScan(port: MessagePort, { job, control }: Extract<WorkerTask, { kind: 'scan' }>): void {
  const flags = new Int32Array(control);
  const post = (message: ScanMessage): void => {
    port.postMessage(message);
  };
  const checkpoint = (): void => {
    if (Atomics.load(flags, ABORT) !== 0) throw new ScanStopped();
  };
  let sent = 0;
  try {
    const outcome = runScan(job, {
      checkpoint,
      counted: (total) => {
        post({ kind: 'counted', total });
      },
      models: (models, handled) => {
        let acknowledged = Atomics.load(flags, ACKNOWLEDGED);
        while (sent - acknowledged >= MAX_UNACKNOWLEDGED) {
          checkpoint();
          Atomics.wait(flags, ACKNOWLEDGED, acknowledged);
          acknowledged = Atomics.load(flags, ACKNOWLEDGED);
        }
        sent += 1;
        post({ kind: 'models', models: JSON.stringify(models), handled });
      },
    });
    post({ kind: 'done', outcome: JSON.stringify(outcome) });
  } catch (error) {
    if (!(error instanceof ScanStopped)) throw error;
  }
}

function serveDigests(port: MessagePort, { control }: Extract<WorkerTask, { kind: 'digest' }>): void {
  const flags = new Int32Array(control);
  const counters = new BigInt64Array(control);
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  port.on('message', ({ path }: DigestRequest) => {
    const answer: DigestAnswer = digestFile(path, buffer, (bytesRead) => {
      Atomics.store(counters, BYTES_READ, BigInt(bytesRead));
      return Atomics.load(flags, ABORT) === 0;
    });
    port.postMessage(answer);
  });
}

function serve(port: MessagePort | null, task: WorkerTask): void {
  if (port === null) throw new Error('disk-worker must be started as a worker thread.');
  if (task.kind === 'scan') serveScan(port, task);
  else serveDigests(port, task);
}

serve(parentPort, workerData as WorkerTask);
