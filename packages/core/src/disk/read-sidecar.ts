import type { Sidecar } from '../shapes/sidecar.js';
import {
  civitaiInfoNameOf,
  completeFromInfo,
  lacksInfo,
  parseCivitaiInfo,
  sidecarFromInfo,
} from './civitai-info-file.js';
import { fsErrorCode } from './fs-error.js';
import { folderOf, joinPath, nameOf, stemOf } from './normalise-path.js';
import { parseSidecar, sidecarPathOf } from './sidecar-file.js';
import { ownerOf } from './sidecar-reader.js';
import { readSmallFile } from './small-file-reader.js';

/**
 * What the sidecar of a model and the info file of another tool say together, as a scan would read them now; undefined
 * when there is neither, when the sidecar cannot be used, and when it belongs to another model. Never rejects.
 *
 * @param modelPath Absolute, `/` separators.
 * @param sharing The other models of the same folder and stem: a sidecar belongs to one of them only.
 */
export async function readSidecarOf(
  modelPath: string,
  fileSize: number,
  sharing: readonly { readonly path: string; readonly size: number }[] = [],
): Promise<Sidecar | undefined> {
  const own = await readOwnSidecar(sidecarPathOf(modelPath));
  if (own === 'unusable') return undefined;
  if (sharing.length > 0) return own !== null && isOwner(modelPath, fileSize, sharing, own) ? own : undefined;
  if (!lacksInfo(own)) return own ?? undefined;
  const stem = stemOf(nameOf(modelPath));
  const info = await readInfo(joinPath(folderOf(modelPath), civitaiInfoNameOf(stem)));
  if (info === null) return own ?? undefined;
  return own === null ? sidecarFromInfo(info, { stem, path: modelPath, size: fileSize }) : completeFromInfo(own, info);
}

async function readOwnSidecar(path: string): Promise<Sidecar | null | 'unusable'> {
  try {
    const file = await readSmallFile(path);
    const parsed = file.kind === 'text' ? parseSidecar(file.text) : undefined;
    return parsed?.kind === 'ok' ? parsed.sidecar : 'unusable';
  } catch (error) {
    return fsErrorCode(error) === 'ENOENT' ? null : 'unusable';
  }
}

async function readInfo(path: string): Promise<ReturnType<typeof parseCivitaiInfo>> {
  try {
    const file = await readSmallFile(path);
    return file.kind === 'text' ? parseCivitaiInfo(file.text) : null;
  } catch {
    return null;
  }
}

function isOwner(
  path: string,
  size: number,
  sharing: readonly { readonly path: string; readonly size: number }[],
  sidecar: Sidecar,
): boolean {
  // In the order in which a walk lists them: where nothing else decides, the first one is the owner.
  const candidates = [{ path, size }, ...sharing]
    .map((file) => ({ ...file, model: { name: nameOf(file.path) } }))
    .sort((a, b) => (a.model.name < b.model.name ? -1 : 1));
  return ownerOf(candidates, { sidecar })?.path === path;
}
