import type { MetadataOrigin } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { completeFromInfo, lacksInfo } from './civitai-info-file.js';
import { FOREIGN_SIDECARS, parseForeign } from './foreign-sidecars.js';
import { fsErrorCode } from './fs-error.js';
import { folderOf, joinPath, nameOf, stemOf } from './normalise-path.js';
import { parseSidecar, sidecarPathOf } from './sidecar-file.js';
import { ownerOf } from './sidecar-reader.js';
import { readSmallFile } from './small-file-reader.js';

/** What is known beside a model, and which file said it. */
export interface FoundSidecar {
  readonly sidecar: Sidecar;
  readonly origin: MetadataOrigin;
}

/**
 * What the sidecar of a model and the files of other tools say together, as a scan would read them now; undefined when
 * there is neither, `unusable` when there is a sidecar that cannot be used. Never rejects.
 *
 * @param modelPath Absolute, `/` separators.
 * @param sharing The other models of the same folder and stem: a sidecar belongs to one of them only.
 */
export async function readSidecarOf(
  modelPath: string,
  fileSize: number,
  sharing: readonly { readonly path: string; readonly size: number }[] = [],
): Promise<FoundSidecar | undefined | 'unusable'> {
  const own = await readSidecarFile(sidecarPathOf(modelPath));
  if (own === 'unusable') return own;
  if (sharing.length > 0) {
    return own !== null && isSidecarOf(modelPath, fileSize, sharing, own)
      ? { sidecar: own, origin: 'sidecar' }
      : undefined;
  }
  if (own !== null && !lacksInfo(own)) return { sidecar: own, origin: 'sidecar' };
  const stem = stemOf(nameOf(modelPath));
  for (const foreign of FOREIGN_SIDECARS) {
    if (own !== null && !foreign.completes) continue;
    const fields = await readForeign(joinPath(folderOf(modelPath), stem + foreign.suffix));
    if (fields === null) continue;
    if (own !== null) return { sidecar: completeFromInfo(own, fields), origin: 'sidecar' };
    const sidecar = foreign.read(fields, { stem, path: modelPath, size: fileSize });
    if (sidecar !== undefined) return { sidecar, origin: foreign.origin };
  }
  return own === null ? undefined : { sidecar: own, origin: 'sidecar' };
}

/** The sidecar in a file; null when there is no such file. Never rejects. */
export async function readSidecarFile(path: string): Promise<Sidecar | null | 'unusable'> {
  try {
    const file = await readSmallFile(path);
    const parsed = file.kind === 'text' ? parseSidecar(file.text) : undefined;
    return parsed?.kind === 'ok' ? parsed.sidecar : 'unusable';
  } catch (error) {
    return fsErrorCode(error) === 'ENOENT' ? null : 'unusable';
  }
}

async function readForeign(path: string): Promise<ReturnType<typeof parseForeign>> {
  try {
    const file = await readSmallFile(path);
    return file.kind === 'text' ? parseForeign(file.text) : null;
  } catch {
    return null;
  }
}

/** Whether a sidecar that several models of one folder and stem would share is about this one. */
export function isSidecarOf(
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
