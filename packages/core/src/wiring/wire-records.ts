import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileIndexStore } from '../catalog/index-store/file-index-store.js';
import {
  departedModelSchema,
  knownRootSchema,
  rememberedModelSchema,
  type DepartedModel,
  type KnownRoot,
  type RememberedModel,
} from '../catalog/moves/move-records.js';
import { openDigestRecords } from '../disk/file-digest-records.js';
import { memoryDigestRecords } from '../disk/memory-digest-records.js';
import { openRecordLog } from '../disk/record-log.js';
import type { RecordFormat } from '../disk/record-log-lines.js';
import { userDataDir } from '../disk/user-data-dir.js';
import type { DigestRecords } from '../ports/digest-records.js';
import { noIndexStore, type IndexStore } from '../ports/index-store.js';
import { memoryRecordLog, type RecordLog } from '../ports/record-log.js';
import { readOnlyRowSchema, type ReadOnlyRow } from '../services/read-only/read-only-metadata.js';
import { importUsageFile } from '../services/usage/import-usage-file.js';
import { openUsage, usageRowSchema, type UsageService } from '../services/usage/usage-records.js';
import type { WiringParts } from './wiring-parts.js';

/** What is known of the moves of one model type. */
export interface MoveRecords {
  readonly remembered: RecordLog<RememberedModel>;
  readonly departed: RecordLog<DepartedModel>;
}

/** The folder of the library's own files. */
export function dataDirOf({ dataDir }: WiringParts['options']): string {
  return dataDir ?? userDataDir(process.platform, process.env);
}

/** Everything that outlives the process. */
export interface WiredRecords {
  readonly digests: DigestRecords;
  readonly usage: UsageService;
  readonly roots: RecordLog<KnownRoot>;
  /** By prefix of the model type. */
  readonly moves: ReadonlyMap<string, MoveRecords>;
  /** Metadata of models beside which nothing can be written, by prefix of the model type. */
  readonly readOnly: ReadonlyMap<string, RecordLog<ReadOnlyRow>>;
  readonly index: IndexStore;
  close(): Promise<void>;
}

/** Opens the records and the index store of the data folder. */
export async function wireRecords(parts: WiringParts): Promise<WiredRecords> {
  const { options, types, logger, clock } = parts;
  const dataDir = dataDirOf(options);
  const open: { close(): Promise<void> }[] = [];
  const opened = <T extends { close(): Promise<void> }>(closable: T): T => {
    open.push(closable);
    return closable;
  };
  let isTold = false;
  // A library without a place for records is better than none: the host hears of it and nothing is kept.
  const orInMemory = async <T extends { close(): Promise<void> }>(opening: Promise<T>, memory: () => T): Promise<T> => {
    try {
      return opened(await opening);
    } catch (error) {
      const message = 'The data folder cannot be used; what is learned will be lost when the library closes.';
      if (!isTold) logger.error(message, { dataDir, error });
      isTold = true;
      return memory();
    }
  };
  const log = <T>(name: string, format: RecordFormat<T>): Promise<RecordLog<T>> => {
    const file = join(dataDir, 'records', `${name}.ndjson`);
    return orInMemory(openRecordLog({ ...format, file, logger, clock }), memoryRecordLog<T>);
  };

  const digests = await orInMemory(openDigestRecords(dataDir, logger, clock), memoryDigestRecords);
  const usageLog = await log('usage', { format: 'modelshelf-usage', version: 1, schema: usageRowSchema });
  const roots = await log('roots', { format: 'modelshelf-roots', version: 1, schema: knownRootSchema });
  const moves = new Map<string, MoveRecords>();
  const readOnly = new Map<string, RecordLog<ReadOnlyRow>>();
  for (const { prefix } of types) {
    moves.set(prefix, {
      remembered: await log(`remembered-${prefix}`, {
        format: 'modelshelf-remembered',
        version: 1,
        schema: rememberedModelSchema,
      }),
      departed: await log(`departed-${prefix}`, {
        format: 'modelshelf-departed',
        version: 1,
        schema: departedModelSchema,
      }),
    });
    const format = { format: 'modelshelf-metadata', version: 1, schema: readOnlyRowSchema };
    readOnly.set(prefix, await log(`metadata-${prefix}`, format));
  }
  const usage = openUsage(usageLog, clock);
  await importUsage(usage, parts);
  const index = opened(
    options.index === false ? noIndexStore : (options.index ?? openFileIndexStore(dataDir, logger, clock)),
  );
  return {
    digests,
    usage,
    roots,
    moves,
    readOnly,
    index,
    close: async () => {
      const closed = await Promise.allSettled(open.map((each) => each.close()));
      for (const result of closed) {
        if (result.status === 'rejected') logger.error('Records could not be closed.', { error: result.reason });
      }
    },
  };
}

/** Takes over the counts of another program, once; its file is read only. */
async function importUsage(usage: UsageService, { options, clock, logger }: WiringParts): Promise<void> {
  const { usageFile } = options;
  if (usageFile === undefined) return;
  try {
    const json: unknown = JSON.parse(await readFile(usageFile, 'utf8'));
    await usage.importOnce(importUsageFile(json, clock));
  } catch (error) {
    logger.error('The usage file could not be taken over.', { usageFile, error });
  }
}
