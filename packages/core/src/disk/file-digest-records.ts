import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../ports/clock.js';
import type { DigestRecords } from '../ports/digest-records.js';
import type { Logger } from '../ports/logger.js';
import { digestRecordsIn, type DigestRow } from './memory-digest-records.js';
import { openRecordLog } from './record-log.js';

const rowSchema: z.ZodType<DigestRow> = z.object({
  size: z.number(),
  mtimeMs: z.number(),
  ino: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  autov3: z.string().optional(),
  probe: z.string().optional(),
});

/** Opens the digest records of a data folder, `records/digests.ndjson`: a record log with one row per path. */
export async function openDigestRecords(dataDir: string, logger?: Logger, clock?: Clock): Promise<DigestRecords> {
  const log = await openRecordLog({
    file: join(dataDir, 'records', 'digests.ndjson'),
    format: 'modelshelf-digests',
    version: 1,
    schema: rowSchema,
    keyField: 'path',
    logger,
    clock,
  });
  return digestRecordsIn(log);
}
