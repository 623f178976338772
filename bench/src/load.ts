import autocannon from 'autocannon';
import { percentile } from './statistics.js';

/** What one stretch of load measured. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p99: number;
}

const CONNECTIONS = 10;

/** Asks for one URL for some seconds over kept connections; throws unless every answer is a good one. */
export async function load(url: string, seconds: number): Promise<LoadResult> {
  const latencies: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon({ url, connections: CONNECTIONS, duration: seconds }, (error: unknown, done) => {
      if (error instanceof Error) reject(error);
      else resolve(done);
    });
    run.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url} answered with errors`);
  return {
    requests: result.requests.total,
    requestsPerSecond: result.requests.total / result.duration,
    p99: percentile(latencies, 0.99),
  };
}
