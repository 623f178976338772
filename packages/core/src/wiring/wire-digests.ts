import { createDigester } from '../disk/digest-in-worker.js';
import { openDigestRecords } from '../disk/file-digest-records.js';
import { userDataDir } from '../disk/user-data-dir.js';
import type { DigestRecords } from '../ports/digest-records.js';
import { DigestService } from '../services/digests/digest-service.js';
import type { WiringParts } from './wiring-parts.js';

/** The digests that are known and the service that computes the others. */
export interface WiredDigests {
  readonly records: DigestRecords;
  readonly service: DigestService;
  close(): Promise<void>;
}

/** Opens the digest records and puts a digest thread behind the service. */
export async function wireDigests(
  { options, progress, clock, logger, signal }: WiringParts,
  onEntered: () => void,
): Promise<WiredDigests> {
  const records = await openDigestRecords(options.dataDir ?? userDataDir(process.platform, process.env), logger, clock);
  const digester = createDigester();
  const service = new DigestService({
    digester,
    records,
    clock,
    logger,
    signal,
    onProgress: (snapshot) => progress.publish('digest', 'all', snapshot),
    onEntered,
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
