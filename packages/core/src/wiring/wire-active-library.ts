import { createPathContainment, type PathContainment } from '../disk/contained-path.js';
import type { ModelService } from '../handlers/model-service.js';
import { TrashService } from '../services/trash/trash-service.js';
import { TrashSweeper } from '../services/trash/trash-sweeper.js';
import { createDigestFace, type DigestFace } from './digest-face.js';
import { wireDigests } from './wire-digests.js';
import { wireModels, type WiredModels } from './wire-models.js';
import type { SharedParts } from './shared-parts.js';
import type { WiringParts } from './wiring-parts.js';

/** The models of every type below one set of roots, with what runs beside them. */
export interface ActiveLibrary {
  readonly models: readonly ModelService[];
  readonly containment: PathContainment;
  readonly trash: TrashService;
  readonly digests: DigestFace;
  /** Lists what was kept of every type, or scans it; resolves when all are listed. */
  startAll(): Promise<void>;
  /** Ends what runs in the background; resolves when what it led to is written. */
  close(): Promise<void>;
}

/** Resolves the roots that the settings name now, and builds everything over them; scans nothing yet. */
export async function wireActiveLibrary(parts: WiringParts, shared: SharedParts): Promise<ActiveLibrary> {
  const closing = new AbortController();
  const own = { ...parts, signal: AbortSignal.any([parts.signal, closing.signal]) };
  const digests = wireDigests(own, shared.records.digests);
  const wired: WiredModels[] = [];
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.allSettled(wired.map((each) => each.close()));
    await digests.close();
    await Promise.allSettled(wired.map((each) => each.settled()));
  };
  const onScanned = (): void => {
    if (parts.options.digests !== false) digests.service.wake();
  };
  const surroundings = { onScanned, digestNow: digests.digestNow, trash: () => trash };
  try {
    for (const type of parts.types) {
      const models = await wireModels(own, type, shared, surroundings);
      wired.push(models);
      const { onDigest, onDigestsEntered: onEntered } = models;
      const lazy = type.lazyDigests;
      digests.service.addTarget(models.service.catalog, { lazy, onEntered, onDigest });
      digests.service.addTarget(models.service.excluded, { lazy, onEntered: () => undefined, onDigest });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const { clock, logger, options } = parts;
  const trash = new TrashService({
    types: wired.map(({ trashed }) => trashed),
    files: shared.files,
    clock,
    logger,
    retentionDays: options.trash?.retentionDays,
  });
  const sweeper = new TrashSweeper({ trash, logger });
  const models = wired.map(({ service }) => service);
  return {
    models,
    trash,
    containment: createPathContainment(() => ({
      roots: models.flatMap(({ roots }) => roots.map(({ path }) => path)),
      linkTargets: wired.map(({ linkTargets }) => linkTargets()),
    })),
    digests: createDigestFace(models, digests.service),
    startAll: async () => {
      sweeper.begin();
      await Promise.all(wired.map((each) => each.start()));
    },
    close: async () => {
      await sweeper.close();
      await close();
    },
  };
}
