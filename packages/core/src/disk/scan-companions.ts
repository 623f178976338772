import { statSync } from 'node:fs';
import type { FileSignature } from '../shapes/scan.js';
import { FOREIGN_SIDECARS } from './foreign-sidecars.js';
import type { FoundFolder } from './found-folder.js';
import { joinPath } from './normalise-path.js';
import { isTooFresh, signatureText } from './scan-stamp.js';
import { SIDECAR_SUFFIX } from './sidecar-file.js';

/**
 * The files beside the models of one stem that a scan would read, by their signatures: looked at only when asked for, or
 * taken over from the reader, which knows them anyway.
 */
export class ScanCompanions {
  readonly #folder: FoundFolder;
  readonly #stem: string;
  readonly #isShared: boolean;
  readonly #signatures = new Map<string, FileSignature | null>();

  /** @param isShared Several models have the stem: then no other tool's file counts. */
  constructor(folder: FoundFolder, stem: string, isShared: boolean) {
    this.#folder = folder;
    this.#stem = stem;
    this.#isShared = isShared;
  }

  /** Takes over the signature of a file that was read. */
  note(suffix: string, signature: FileSignature): void {
    this.#signatures.set(suffix, signature);
  }

  /** The signatures of everything that counts, as one text. */
  text(): string {
    return this.#suffixes()
      .map((suffix) => signatureText(this.#signatureOf(suffix)))
      .join(' ');
  }

  /** Whether one of them changed too shortly ago for its signature to be trusted. */
  isTooFresh(now: number): boolean {
    for (const signature of this.#signatures.values()) {
      if (signature !== null && isTooFresh(signature, now)) return true;
    }
    return false;
  }

  #suffixes(): readonly string[] {
    if (this.#isShared) return [SIDECAR_SUFFIX];
    const hasOwn = this.#signatureOf(SIDECAR_SUFFIX) !== null;
    return [
      SIDECAR_SUFFIX,
      ...FOREIGN_SIDECARS.filter(({ completes }) => completes || !hasOwn).map(({ suffix }) => suffix),
    ];
  }

  #signatureOf(suffix: string): FileSignature | null {
    const noted = this.#signatures.get(suffix);
    if (noted !== undefined) return noted;
    const seen = this.#look(suffix);
    this.#signatures.set(suffix, seen);
    return seen;
  }

  #look(suffix: string): FileSignature | null {
    const name = this.#stem + suffix;
    if (!this.#folder.names.has(name)) return null;
    try {
      const status = statSync(joinPath(this.#folder.path, name), { throwIfNoEntry: false });
      return status === undefined ? null : { size: status.size, mtimeMs: status.mtimeMs, ino: status.ino };
    } catch {
      return null;
    }
  }
}
