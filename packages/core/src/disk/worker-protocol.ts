import type { KnownDigest } from '../ports/digest-records.js';
import type { FileSignature } from '../shapes/scan.js';
import type { ScanJob } from './scan-job.js';

/** What a worker is started with. */
export type WorkerTask =
  | { readonly kind: 'scan'; readonly job: ScanJob; readonly control: SharedArrayBuffer }
  | { readonly kind: 'digest'; readonly control: SharedArrayBuffer };

/** Bytes of a control buffer: two flags, then a 64-bit counter. */
export const CONTROL_BYTES = 16;

/** Int32 slot: 1 when the work shall stop. */
export const ABORT = 0;

/** Int32 slot: chunks that the main side has dealt with. */
export const ACKNOWLEDGED = 1;

/** BigInt64 slot: bytes of the file that were read so far. */
export const BYTES_READ = 1;

/** Chunks that may be on their way before the worker waits. */
export const MAX_UNACKNOWLEDGED = 8;

/** What is posted to a scanning worker: what the catalog knows in chunks of JSON, then the word to begin. */
export type ScanInput = { readonly kind: 'known'; readonly models: string } | { readonly kind: 'begin' };

/**
 * What a scanning worker posts; after an abort it posts nothing more and ends. Models and outcome are JSON texts: one
 * string crosses between threads far faster than many objects.
 */
export type ScanMessage =
  | { readonly kind: 'counted'; readonly total: number; readonly linkTargets: readonly string[] }
  | { readonly kind: 'models'; readonly models: string; readonly unchangedPaths: string; readonly handled: number }
  | { readonly kind: 'done'; readonly outcome: string };

/** What is posted to a digesting worker: one file at a time. */
export interface DigestRequest {
  readonly path: string;
  /** Whether the AutoV3 is wanted too, where the file's header states none. */
  readonly autov3: boolean;
}

/** Why a file has no digest. */
export type DigestRefusal = 'changed' | 'missing' | 'unreadable';

/** What a digesting worker answers, once for every request. */
export type DigestAnswer =
  | { readonly kind: 'done'; readonly digest: KnownDigest; readonly file: FileSignature }
  | { readonly kind: 'refused'; readonly refusal: DigestRefusal; readonly message: string }
  | { readonly kind: 'cancelled' };
