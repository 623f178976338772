import { createDigester } from '../disk/digest-in-worker.js';
import { openDigestRecords } from '../disk/file-digest-records.js';
import { memoryDigestRecords } from '../disk/memory-digest-records.js';
import { userDataDir } from '../disk/user-data-dir.js';
import type { Clock } from '../ports/clock.js';
import type { DigestRecords } from '../ports/digest-records.js';
import type { Logger } from '../ports/logger.js';
import { DigestService } from '../services/digests/digest-service.js';
import type { WiringParts } from './wiring-parts.js';

/** The digests that are known and the service that computes the others. */
export interface WiredDigests {
  readonly records: DigestRecords;
  readonly service: DigestService;
  close(): Promise<void>;
}

/** Opens the digest records and puts a digest thread behind the service. */
export async function wireDigests({ options, progress, clock, logger, signal }: WiringParts): Promise<WiredDigests> {
  const records = await openRecords(options.dataDir, logger, clock);
  const digester = createDigester();
  const service = new DigestService({
    digester,
    records,
    clock,
    logger,
    signal,
    onProgress: (snapshot) => progress.publish('digest', 'all', snapshot),
  });
  return {
    records,
    service,
    close: async () => {
      await service.idle();
      await digester.close();
      await records.close();
    },
  };
}

/** A library without a place for records is better than none: the host hears of it and nothing is kept. */
async function openRecords(dataDir: string | undefined, logger: Logger, clock: Clock): Promise<DigestRecords> {
  try {
    return await openDigestRecords(dataDir ?? userDataDir(process.platform, process.env), logger, clock);
  } catch (error) {
    logger.error('The data folder cannot be used; digests will be lost when the library closes.', { dataDir, error });
    return memoryDigestRecords();
  }
}
