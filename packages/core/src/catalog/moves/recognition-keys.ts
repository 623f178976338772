import type { ScannedModel } from '../../shapes/scan.js';
import { placeKeyOf } from './departed-models.js';
import { inSlices } from './in-slices.js';
import type { DepartedModel } from './move-records.js';

/** What a file is recognised by: inode, size and time; its digest; size and the digest of its two ends. */
export type RecognisedBy = 'place' | 'sha256' | 'probe';

/** The keys of a file that went and of one that came; equal keys mean the same bytes. */
export interface RecognitionKeys {
  readonly ofOld: (old: Pick<DepartedModel, 'model' | 'probe'>) => string | undefined;
  readonly ofNew: (fresh: ScannedModel) => string | undefined;
}

const PROBES_AT_ONCE = 4;

/**
 * The keys for one way of recognising files. Only for the last way are files read, and of these only what has the size
 * of a file that went and has a probe.
 */
export async function recognitionKeys(
  by: RecognisedBy,
  olds: readonly Pick<DepartedModel, 'model' | 'probe'>[],
  news: readonly ScannedModel[],
  probe: (path: string, size: number) => Promise<string | undefined>,
): Promise<RecognitionKeys> {
  if (by === 'place') return { ofOld: ({ model }) => placeKeyOf(model.file), ofNew: ({ file }) => placeKeyOf(file) };
  if (by === 'sha256') {
    return {
      ofOld: ({ model }) => model.entry.sha256 || undefined,
      ofNew: ({ digest, entry }) => (digest === 'computed' ? entry.sha256 : undefined),
    };
  }
  const sizes = new Set(olds.filter((old) => old.probe !== undefined).map(({ model }) => model.file.size));
  const probes = new Map<string, string | undefined>();
  const asked = news.filter(({ file }) => sizes.has(file.size));
  for await (const slice of inSlices(asked, PROBES_AT_ONCE)) {
    await Promise.all(
      slice.map(async ({ entry, file }) => probes.set(entry.file_path, await probe(entry.file_path, file.size))),
    );
  }
  const keyOf = (size: number, text: string | undefined): string | undefined =>
    text === undefined ? undefined : `${String(size)} ${text}`;
  return {
    ofOld: (old) => keyOf(old.model.file.size, old.probe),
    ofNew: ({ entry, file }) => keyOf(file.size, probes.get(entry.file_path)),
  };
}
