import type { DigestRecords, KnownDigest } from '../../ports/digest-records.js';
import type { Logger } from '../../ports/logger.js';
import type { DigestSource, FileDigest, PendingDigest, PlaceOfFile } from './digest-target.js';
import type { SharedDigests, Ticket } from './shared-digests.js';
import type { Ranked } from './task-heap.js';

/** A file of a source that is to be digested. */
export interface DigestItem extends Ranked {
  readonly source: DigestSource;
  readonly pending: PendingDigest;
}

/** A digest, and whether it entered the catalog: not where the file there is another one by now. */
export interface EnteredDigest {
  readonly digest: KnownDigest;
  readonly entered: boolean;
}

/** Somebody's wait for one item. */
export interface ItemTicket extends Omit<Ticket, 'result'> {
  readonly result: Promise<EnteredDigest>;
}

interface DigestDeskParts {
  readonly records: DigestRecords;
  readonly placeOf: PlaceOfFile;
  readonly shared: SharedDigests;
  readonly logger: Logger;
  /** Hears that a digest entered the target of a source. */
  readonly onEntered: (source: DigestSource) => void;
}

/**
 * Gets the digest of one file, from the records or from its bytes, and enters it where it belongs.
 *
 * Invariant: a digest is kept as a record before it enters a catalog, so that a restart goes on where this one stopped.
 */
export class DigestDesk {
  readonly #parts: DigestDeskParts;

  constructor(parts: DigestDeskParts) {
    this.#parts = parts;
  }

  /** Enters what the records know, where another path's folder may have brought it meanwhile. */
  enterKnown(item: DigestItem): EnteredDigest | undefined {
    const { path, file } = item.pending;
    const digest = this.#parts.records.find(path, file);
    return digest && this.#enter(item, { digest, file });
  }

  /** Asks for the file to be read; nothing starts before `pump`. */
  async ask(item: DigestItem, onBytes: (bytesRead: number) => void): Promise<ItemTicket> {
    const { placeOf, shared } = this.#parts;
    const { path, autov3 = false } = item.pending;
    const file = { path, ...(await placeOf(path)), size: item.size, autov3 };
    const ticket = shared.join(file, { rank: item.rank, onBytes });
    return { ...ticket, result: ticket.result.then((digest) => this.#keep(item, digest)) };
  }

  /** Starts what may start. */
  pump(): void {
    this.#parts.shared.pump();
  }

  async #keep(item: DigestItem, { digest, file }: FileDigest): Promise<EnteredDigest> {
    const { records, logger } = this.#parts;
    const { path } = item.pending;
    try {
      if (records.find(path, file)?.sha256 !== digest.sha256) await records.keep(path, file, digest);
    } catch (error) {
      // The digest is right even where it cannot be kept.
      logger.error('A digest could not be kept.', { path, error });
    }
    return this.#enter(item, { digest, file });
  }

  #enter({ source, pending: { path } }: DigestItem, { digest, file }: FileDigest): EnteredDigest {
    const entered = source.target.setDigest(path, file, digest);
    if (entered) {
      source.onDigest?.(path, digest);
      this.#parts.onEntered(source);
    }
    return { digest, entered };
  }
}
