import { placeOfFile } from '../disk/digest-place.js';
import { createDigesterPool } from '../disk/digest-pool.js';
import type { DigestRecords } from '../ports/digest-records.js';
import type { Digester } from '../services/digests/digest-target.js';
import { DigestService } from '../services/digests/digest-service.js';
import type { DigestOptions } from './library-options.js';
import type { WiringParts } from './wiring-parts.js';

/** The service that computes digests, and the threads behind it. */
export interface WiredDigests {
  readonly service: DigestService;
  /** The SHA-256 of a whole file, read now, whatever is known of it. */
  readonly digestNow: (path: string) => Promise<string>;
  close(): Promise<void>;
}

/** Puts digest threads behind the service. */
export function wireDigests(
  { options, progress, clock, logger, signal }: WiringParts,
  records: DigestRecords,
): WiredDigests {
  const { autov3 = false, streamsPerDisk }: DigestOptions = typeof options.digests === 'object' ? options.digests : {};
  const pool = createDigesterPool();
  const digester: Digester = {
    digest: (path, asked) => pool.digest(path, { ...asked, autov3: asked.autov3 && autov3 }),
  };
  const service = new DigestService({
    digester,
    placeOf: placeOfFile,
    records,
    clock,
    logger,
    signal,
    onProgress: (snapshot) => progress.publish('digest', 'all', snapshot),
    ...(streamsPerDisk === undefined ? {} : { streamsPerDisk }),
  });
  return {
    service,
    digestNow: async (path) => {
      const { digest } = await pool.digest(path, { signal, autov3: false, onBytes: () => undefined });
      return digest.sha256;
    },
    close: async () => {
      await service.idle();
      await pool.close();
    },
  };
}
