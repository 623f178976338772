// The entry of the worker thread: it does the one task that it was started with.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { digestFile } from './digest-file.js';
import { runScan } from './run-scan.js';
import type { KnownModel, ScanJob } from './scan-job.js';
import {
  ABORT,
  ACKNOWLEDGED,
  BYTES_READ,
  MAX_UNACKNOWLEDGED,
  type DigestAnswer,
  type DigestRequest,
  type ScanInput,
  type ScanMessage,
  type WorkerTask,
} from './worker-protocol.js';

const BUFFER_BYTES = 1024 * 1024;

/** Unwinds a scan; nothing is posted after it. */
class ScanStopped extends Error {}

function serveScan(port: MessagePort, { job, control }: Extract<WorkerTask, { kind: 'scan' }>): void {
  const known: KnownModel[] = [];
  const take = (message: ScanInput): void => {
    if (message.kind === 'known') {
      for (const model of JSON.parse(message.models) as readonly KnownModel[]) known.push(model);
      return;
    }
    // The thread ends when the scan does.
    port.off('message', take);
    scan(port, { ...job, known }, control);
  };
  port.on('message', take);
}

function scan(port: MessagePort, job: ScanJob, control: SharedArrayBuffer): void {
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
      counted: (total, linkTargets) => {
        post({ kind: 'counted', total, linkTargets: [...linkTargets] });
      },
      models: (models, unchangedPaths, handled) => {
        let acknowledged = Atomics.load(flags, ACKNOWLEDGED);
        while (sent - acknowledged >= MAX_UNACKNOWLEDGED) {
          checkpoint();
          Atomics.wait(flags, ACKNOWLEDGED, acknowledged);
          acknowledged = Atomics.load(flags, ACKNOWLEDGED);
        }
        sent += 1;
        const [changed, unchanged] = [JSON.stringify(models), JSON.stringify(unchangedPaths)];
        post({ kind: 'models', models: changed, unchangedPaths: unchanged, handled });
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
  port.on('message', ({ path, autov3 }: DigestRequest) => {
    const answer: DigestAnswer = digestFile(path, { buffer, autov3 }, (bytesRead) => {
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
