import {
  civitaiInfoNameOf,
  completeFromInfo,
  lacksInfo,
  parseCivitaiInfo,
  sidecarFromInfo,
} from './civitai-info-file.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { fsErrorCode, fsErrorReason } from './fs-error.js';
import { joinPath, nameOf, stemOf } from './normalise-path.js';
import type { FileSignature } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import type { ScanReport } from './scan-report.js';
import { parseSidecar, sidecarNameOf } from './sidecar-file.js';
import { SmallFileReader } from './small-file-reader.js';

/** A sidecar that was read, with the signature of its file. */
export interface ReadSidecar {
  readonly sidecar: Sidecar;
  /** Null when it was made from another tool's file. */
  readonly signature: FileSignature | null;
}

/** What is known beside a model file: a sidecar, none, or one that must not be stepped over. */
export type BesideModel =
  { readonly kind: 'sidecar'; readonly read: ReadSidecar } | { readonly kind: 'none' } | { readonly kind: 'unusable' };

const NONE: BesideModel = { kind: 'none' };
const UNUSABLE: BesideModel = { kind: 'unusable' };

/** Reads what lies beside model files. A sidecar that cannot be used is reported and left untouched. */
export class SidecarReader {
  readonly #report: ScanReport;
  readonly #files = new SmallFileReader();

  constructor(report: ScanReport) {
    this.#report = report;
  }

  /** The sidecar of the models with this stem; `models` are all that share it. */
  read(folder: FoundFolder, models: readonly FoundModel[]): BesideModel {
    const [first] = models;
    if (first === undefined) return NONE;
    const name = sidecarNameOf(first.name);
    if (!folder.names.has(name)) return NONE;
    const path = joinPath(folder.path, name);
    try {
      const file = this.#files.read(path);
      if (file.kind === 'refused')
        return this.#unusable('sidecar_corrupt', path, `The sidecar cannot be used. ${file.message}`);
      const parsed = parseSidecar(file.text);
      if (parsed.kind === 'ok')
        return { kind: 'sidecar', read: { sidecar: parsed.sidecar, signature: file.signature } };
      return this.#unusable(parsed.kind === 'corrupt' ? 'sidecar_corrupt' : 'sidecar_incomplete', path, parsed.message);
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return NONE;
      // What was known of these models is still true: they are not missing.
      for (const model of models) {
        this.#report.unreadable('file_unreadable', model.path, `Its sidecar cannot be read: ${fsErrorReason(error)}.`);
      }
      return UNUSABLE;
    }
  }

  /** The sidecar completed, or made, from another tool's info file; for a model that shares its stem with no other. */
  withInfo(folder: FoundFolder, model: FoundModel, size: number, known: ReadSidecar | null): ReadSidecar | null {
    if (!lacksInfo(known?.sidecar ?? null)) return known;
    const stem = stemOf(model.name);
    const name = civitaiInfoNameOf(stem);
    if (!folder.names.has(name)) return known;
    const info = this.#readInfo(joinPath(folder.path, name));
    if (info === null) return known;
    if (known !== null) return { ...known, sidecar: completeFromInfo(known.sidecar, info) };
    const made = sidecarFromInfo(info, { stem, path: model.path, size });
    return made === undefined ? null : { sidecar: made, signature: null };
  }

  #readInfo(path: string): ReturnType<typeof parseCivitaiInfo> {
    try {
      const file = this.#files.read(path);
      return file.kind === 'text' ? parseCivitaiInfo(file.text) : null;
    } catch {
      // Another tool's file is a convenience; the model is listed without it.
      return null;
    }
  }

  #unusable(code: 'sidecar_corrupt' | 'sidecar_incomplete', path: string, message: string): BesideModel {
    this.#report.issue(code, path, message);
    return UNUSABLE;
  }
}

/** The one model of several with the same stem that a sidecar is about: the one it names, else the one of its size. */
export function ownerOf<T extends { readonly model: { readonly name: string }; readonly size: number }>(
  candidates: readonly T[],
  { sidecar }: { readonly sidecar: Sidecar },
): T | undefined {
  const named = new Set([nameOf(sidecar.file_path.replaceAll('\\', '/')), sidecar.file_name]);
  const byName = candidates.find(({ model }) => named.has(model.name));
  if (byName !== undefined) return byName;
  const bySize = candidates.filter(({ size }) => size === sidecar.size);
  return bySize.length === 1 ? bySize[0] : candidates[0];
}
