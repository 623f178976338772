import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { FileSignature } from '../../shapes/scan.js';
import type { DigestBatch, OnOutcome } from './digest-batch.js';
import type { DigestItem } from './digest-desk.js';
import { RANK } from './digest-rank.js';
import { refusalOf, type DigestSource, type PendingDigest } from './digest-target.js';

/** What cannot be read may be readable again: a share comes back, and none of its files changed. */
const RETRY_AFTER_MS = 3_600_000;

interface BackgroundDigestsParts {
  readonly clock: Clock;
  /** Looked at anew whenever work is looked for. */
  readonly sources: readonly DigestSource[];
  readonly logger: Logger;
  readonly newBatch: (onOutcome: OnOutcome) => DigestBatch;
  /** Runs the whole work. */
  readonly during: (work: () => Promise<void>) => Promise<void>;
}

/** What is not to be tried, by path. */
interface Tried {
  /** In the hands of the run, or dealt with since the last call of `wake`. */
  readonly now: Set<string>;
  /** Files that failed, with what they were like then, and when they may be tried again all the same. */
  readonly failed: Map<string, { readonly file: FileSignature; readonly until: number }>;
}

/**
 * The work that nobody asked for: pending files, then files whose stated digest is stated twice. Files of lazy sources
 * are read only at the end, and only if they may really be duplicates.
 */
export class BackgroundDigests {
  readonly #parts: BackgroundDigestsParts;
  readonly #tried = new Map<DigestSource, Tried>();
  readonly #inHand = new Set<DigestItem>();
  #batch: DigestBatch | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(parts: BackgroundDigestsParts) {
    this.#parts = parts;
  }

  /** Looks for work, also while other work goes on; returns at once. */
  wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#batch?.poke();
    this.#running ??= this.#parts
      .during(() => this.#run())
      .catch((error: unknown) => {
        this.#parts.logger.error('The background digests ended unexpectedly.', { error });
      })
      .finally(() => {
        this.#running = undefined;
        // Somebody called while the last run ended.
        if (this.#again) this.wake();
      });
  }

  /** Resolves when nothing goes on. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Stops everything at once. */
  close(): void {
    this.#closed = true;
    this.#batch?.cancel();
  }

  async #run(): Promise<void> {
    const batch = this.#parts.newBatch((item, outcome) => this.#ended(item, outcome));
    this.#batch = batch;
    try {
      while (!this.#closed) {
        if (this.#again) {
          this.#again = false;
          for (const tried of this.#tried.values()) tried.now.clear();
          for (const { source, pending } of this.#inHand) this.#triedOf(source).now.add(pending.path);
          await batch.add(this.#pending());
        }
        const more = await batch.step();
        if (!more && !this.#again && (await batch.add(this.#suspects())) === 0) break;
      }
      while (await batch.step());
    } finally {
      this.#batch = undefined;
    }
  }

  #ended(item: DigestItem, outcome: Parameters<OnOutcome>[1]): void {
    this.#inHand.delete(item);
    const { path, file } = item.pending;
    const { failed } = this.#triedOf(item.source);
    const hasFailed = { file, until: this.#parts.clock.now() + RETRY_AFTER_MS };
    if (!('error' in outcome)) {
      // What was read is not what the catalog lists: the next scan will tell.
      if (outcome.entered) failed.delete(path);
      else failed.set(path, hasFailed);
      return;
    }
    // What was written to meanwhile is left until the next scan, whatever that sees.
    if (refusalOf(outcome.error) !== 'changed') failed.set(path, hasFailed);
    this.#parts.logger.warn('A model file could not be digested.', { path, error: outcome.error });
  }

  *#pending(): Iterable<DigestItem> {
    for (const source of this.#parts.sources) {
      if (!source.lazy) yield* this.#due(source, source.target.pendingDigests(), RANK.pending);
    }
  }

  *#suspects(): Iterable<DigestItem> {
    for (const source of this.#parts.sources) {
      const suspects = source.target.suspects();
      if (!source.lazy) yield* this.#due(source, suspects, RANK.suspect);
      else
        yield* this.#due(
          source,
          suspects.filter(({ sameSize }) => sameSize),
          RANK.lazySuspect,
        );
    }
  }

  *#due(source: DigestSource, candidates: readonly PendingDigest[], rank: number): Iterable<DigestItem> {
    const { now, failed } = this.#triedOf(source);
    for (const pending of candidates) {
      const { path, file } = pending;
      const before = failed.get(path);
      const hasFailed = same(before?.file, file) && this.#parts.clock.now() < (before?.until ?? 0);
      if (now.has(path) || hasFailed) continue;
      const item = { source, pending, rank, size: file.size };
      now.add(path);
      this.#inHand.add(item);
      yield item;
    }
  }

  #triedOf(source: DigestSource): Tried {
    let tried = this.#tried.get(source);
    if (tried === undefined) this.#tried.set(source, (tried = { now: new Set(), failed: new Map() }));
    return tried;
  }
}

function same(a: FileSignature | undefined, b: FileSignature): boolean {
  return a !== undefined && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;
}
