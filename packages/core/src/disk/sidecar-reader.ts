import type { FileSignature, MetadataOrigin } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { completeFromInfo, lacksInfo } from './civitai-info-file.js';
import { FOREIGN_SIDECARS, parseForeign, type ForeignSidecar } from './foreign-sidecars.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { fsErrorCode, fsErrorReason } from './fs-error.js';
import { joinPath, nameOf, stemOf } from './normalise-path.js';
import type { ScanCompanions } from './scan-companions.js';
import type { ScanReport } from './scan-report.js';
import { SIDECAR_SUFFIX, parseSidecar, sidecarNameOf } from './sidecar-file.js';
import { SmallFileReader } from './small-file-reader.js';

/** A sidecar that was read, with the signature of its file. */
export interface ReadSidecar {
  readonly sidecar: Sidecar;
  /** Null when it was made from another tool's file. */
  readonly signature: FileSignature | null;
  readonly origin: MetadataOrigin;
}

/** What is known beside a model file: a sidecar, none, or one that must not be stepped over. */
export type BesideModel =
  { readonly kind: 'sidecar'; readonly read: ReadSidecar } | { readonly kind: 'none' } | { readonly kind: 'unusable' };

/** What other tools add: with `isWhole` false a file could not be read now, and may be readable without being changed. */
export interface WithForeign {
  readonly read: ReadSidecar | null;
  readonly isWhole: boolean;
}

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
  read(folder: FoundFolder, models: readonly FoundModel[], companions: ScanCompanions): BesideModel {
    const [first] = models;
    if (first === undefined) return NONE;
    const name = sidecarNameOf(first.name);
    if (!folder.names.has(name)) return NONE;
    const path = joinPath(folder.path, name);
    try {
      this.#report.opening();
      const file = this.#files.read(path);
      if (file.kind === 'refused')
        return this.#unusable('sidecar_corrupt', path, `The sidecar cannot be used. ${file.message}`);
      companions.note(SIDECAR_SUFFIX, file.signature);
      const parsed = parseSidecar(file.text);
      if (parsed.kind === 'ok')
        return { kind: 'sidecar', read: { sidecar: parsed.sidecar, signature: file.signature, origin: 'sidecar' } };
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

  /** The sidecar completed, or made, from other tools' files; for a model that shares its stem with no other. */
  withForeign(
    folder: FoundFolder,
    model: FoundModel,
    size: number,
    known: ReadSidecar | null,
    companions: ScanCompanions,
  ): WithForeign {
    if (!lacksInfo(known?.sidecar ?? null)) return { read: known, isWhole: true };
    const stem = stemOf(model.name);
    let isWhole = true;
    for (const foreign of FOREIGN_SIDECARS) {
      if ((known !== null && !foreign.completes) || !folder.names.has(stem + foreign.suffix)) continue;
      const fields = this.#readForeign(joinPath(folder.path, stem + foreign.suffix), foreign, companions);
      if (fields === 'unreadable') isWhole = false;
      else if (fields !== null && known !== null) {
        return { read: { ...known, sidecar: completeFromInfo(known.sidecar, fields) }, isWhole };
      } else if (fields !== null) {
        const sidecar = foreign.read(fields, { stem, path: model.path, size });
        if (sidecar !== undefined) return { read: { sidecar, signature: null, origin: foreign.origin }, isWhole };
      }
    }
    return { read: known, isWhole };
  }

  /** Another tool's file is a convenience: without it the model is listed all the same. */
  #readForeign(
    path: string,
    { suffix }: ForeignSidecar,
    companions: ScanCompanions,
  ): ReturnType<typeof parseForeign> | 'unreadable' {
    try {
      this.#report.opening();
      const file = this.#files.read(path);
      if (file.kind === 'refused') return null;
      companions.note(suffix, file.signature);
      return parseForeign(file.text);
    } catch (error) {
      return fsErrorCode(error) === 'ENOENT' ? null : 'unreadable';
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
