import type { KnownDigest } from '../../ports/digest-records.js';
import type { FileSignature } from '../../shapes/scan.js';

/** A model file whose digest was not computed. */
export interface PendingDigest {
  readonly path: string;
  readonly file: FileSignature;
  /** Whether nobody states an AutoV3 of it, so that it is computed too where that is possible. Absent: false. */
  readonly autov3?: boolean;
}

/** A model file whose stated digest is stated of another one too. */
export interface SuspectDigest extends PendingDigest {
  /** Whether one of the others has the same size, so that both may really be the same. */
  readonly sameSize: boolean;
}

/** Where pending files come from and digests go to: a catalog, seen from here. */
export interface DigestTarget {
  pendingDigests(): readonly PendingDigest[];
  suspects(): readonly SuspectDigest[];
  /** False when the file is no longer the one that the digest was computed from. */
  setDigest(path: string, file: FileSignature, digest: KnownDigest): boolean;
}

/** How a target is served. */
export interface DigestTargetOptions {
  /** Whether its files are too large to be read unasked: they are digested on demand only. */
  readonly lazy: boolean;
  /** Hears, seconds apart during a run and at once on demand, that digests arrived. */
  readonly onEntered: () => void;
  /** Hears of every digest that entered the target. */
  readonly onDigest?: (path: string, digest: KnownDigest) => void;
}

/** A target with the way in which it is served. */
export interface DigestSource extends DigestTargetOptions {
  readonly target: DigestTarget;
}

/** A digest with the signature of the file that it was computed from. */
export interface FileDigest {
  readonly digest: KnownDigest;
  readonly file: FileSignature;
}

/** Reads files and digests them, away from the event loop, as many at the same time as it is asked to. */
export interface Digester {
  /** A rejection whose `refusal` is `changed` tells that the file was written to meanwhile. */
  digest(
    path: string,
    options: { signal: AbortSignal; autov3: boolean; onBytes: (bytesRead: number) => void },
  ): Promise<FileDigest>;
}

/** Tells where a file is: two paths with the same `realPath` are one file, and a disk is read in turn. */
export type PlaceOfFile = (path: string) => Promise<{ readonly realPath: string; readonly disk: number }>;

/** Says whether a digester refused a file because it changed, was missing or could not be read. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof Error && 'refusal' in error ? String(error.refusal) : undefined;
}
