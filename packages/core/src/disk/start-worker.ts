import { Worker } from 'node:worker_threads';
import type { WorkerTask } from './worker-protocol.js';

/**
 * Starts the disk thread with a task. Its errors are left to the caller's listeners; without one they are dropped
 * instead of ending the process.
 */
export function startDiskWorker(task: WorkerTask): Worker {
  // The builds and the test runner look for exactly this expression.
  const url = new URL('./disk-worker.js', import.meta.url);
  // The flags of the host (loaders, inspectors) are not for this thread.
  const worker = new Worker(url, { workerData: task, execArgv: [], name: `modelshelf-${task.kind}` });
  worker.on('error', () => undefined);
  return worker;
}
