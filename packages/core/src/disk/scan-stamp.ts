import { hash } from 'node:crypto';
import { isJsonObject } from '../shapes/json.js';
import { scanIssueSchema, type FileSignature, type ModelRoot, type ScanIssue } from '../shapes/scan.js';
import type { ScanJob } from './scan-job.js';

/** Raised with every change of what a scan makes of the same files: rows of an older scanner are then read again. */
const SCANNER_FORMAT = 1;

/** 120 bits: nobody chooses what is hashed here, and a hundred thousand of these stay in memory. */
const DIGEST_LENGTH = 20;

/** Clocks of file systems tick every few milliseconds, those of FAT every two seconds. */
const FINE_TICK_MS = 20;
const COARSE_TICK_MS = 2_000;

/** What was learned by reading and has to be known to judge the same files, or to report them, without reading. */
export interface StampNotes {
  /** The preview that the sidecar names: a file name of the model's folder, or an absolute path. */
  readonly preview?: string | undefined;
  /** What is to be reported of this model as long as it stays as it is. */
  readonly issues?: readonly (readonly [code: ScanIssue['code'], message: string])[] | undefined;
}

/** Everything that a scan sees of a model without opening a file. */
export interface StampParts {
  readonly root: ModelRoot;
  /** The model's file; when several share a stem, all of them, because one of them owns the sidecar. */
  readonly files: string;
  /** What else would be read. */
  readonly companions: string;
  /** The preview that the row has, as it is now. */
  readonly preview: string;
  readonly aliases: readonly string[];
}

/** Texts of signatures are compared, never parsed. */
export function signatureText(file: FileSignature | null): string {
  return file === null ? '-' : `${String(file.size)}/${String(file.mtimeMs)}/${String(file.ino)}`;
}

/**
 * Tells whether a file changed so shortly ago that another change could leave the same signature. `now` is the time at
 * which it was looked at.
 */
export function isTooFresh({ mtimeMs }: FileSignature, now: number): boolean {
  const tick = mtimeMs % 1_000 === 0 ? COARSE_TICK_MS : FINE_TICK_MS;
  return Math.abs(now - mtimeMs) < tick;
}

/** Makes the digests of stamps for one job. */
export class StampMaker {
  readonly #job: string;

  constructor({ defaults }: ScanJob) {
    this.#job = JSON.stringify([SCANNER_FORMAT, defaults]);
  }

  digestOf({ root, files, companions, preview, aliases }: StampParts): string {
    // The path is the key of the row; below which of its folders the root begins decides the row's folder.
    const seen = [this.#job, root.id, root.subType ?? '', root.path.length, files, companions, preview, ...aliases];
    return hash('sha1', seen.join('\0'), 'base64').slice(0, DIGEST_LENGTH);
  }
}

/** Invariant: `notesOf` and `digestIn` give back what a stamp was made of. */
export function stampText(digest: string, notes: StampNotes): string {
  const hasNotes = notes.preview !== undefined || (notes.issues !== undefined && notes.issues.length > 0);
  return hasNotes ? digest + JSON.stringify(notes) : digest;
}

/** The digest that a stamp begins with; empty when it is none of ours. */
export function digestIn(stamp: string): string {
  return stamp.slice(0, DIGEST_LENGTH);
}

/** The notes of a stamp. Stamps come from a store: what is damaged says nothing. */
export function notesOf(stamp: string): StampNotes {
  if (stamp.length <= DIGEST_LENGTH) return {};
  const notes = parsedNotes(stamp.slice(DIGEST_LENGTH));
  const { preview, issues } = notes;
  return {
    preview: typeof preview === 'string' ? preview : undefined,
    issues: Array.isArray(issues) ? issues.flatMap((issue: unknown) => noteIn(issue)) : undefined,
  };
}

function parsedNotes(text: string): { readonly [key: string]: unknown } {
  try {
    const notes: unknown = JSON.parse(text);
    return isJsonObject(notes) ? notes : {};
  } catch {
    return {};
  }
}

function noteIn(issue: unknown): (readonly [code: ScanIssue['code'], message: string])[] {
  const [code, message] = Array.isArray(issue) ? (issue as readonly unknown[]) : [];
  const known = scanIssueSchema.shape.code.safeParse(code);
  return known.success && typeof message === 'string' ? [[known.data, message]] : [];
}
