import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { FileSignature, ModelRoot, ScanIssue, ScannedModel } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { autov3FromCivitai, autov3FromHeader } from './autov3.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { extensionOf, folderOf, isWithin, joinPath, nameOf, stemOf, toForwardSlashes } from './normalise-path.js';
import { discoverPreview, isPreviewName } from './preview-discovery.js';
import { projectEntry, statedSha256 } from './project-entry.js';
import { readSafetensorsMetadata } from './safetensors-metadata.js';
import type { ScanJob } from './scan-job.js';
import type { ScanReport } from './scan-report.js';
import type { StampNotes } from './scan-stamp.js';
import { describesSize } from './sidecar-file.js';
import type { ReadSidecar } from './sidecar-reader.js';

const SAFETENSORS = new Set(['.safetensors', '.sft']);
const HASHED = /^[0-9a-f]{12}$/;

/** A model that was read, with what its stamp has to remember. */
export interface ReadModel {
  readonly model: ScannedModel;
  readonly notes: StampNotes;
  /** False when something could not be read that may be readable without being changed. */
  readonly isWhole: boolean;
}

/** Makes scanned models of found ones. Opens a model file only when nothing else tells its AutoV3. */
export class ModelReader {
  readonly #job: ScanJob;
  readonly #report: ScanReport;

  constructor(job: ScanJob, report: ScanReport) {
    this.#job = job;
    this.#report = report;
  }

  /** The model without its stamp. */
  read(folder: FoundFolder, model: FoundModel, file: FileSignature, read: ReadSidecar | null): ReadModel {
    const sidecar = read?.sidecar ?? null;
    const describing = sidecar !== null && describesSize(sidecar, file.size) ? sidecar : null;
    const { autov3, problem } = this.#autov3Of(model, file.size, describing);
    const named = namedPreview(folder, sidecar?.preview_url ?? '');
    const entry = projectEntry({
      path: model.path,
      root: folder.root,
      file,
      sidecar,
      preview: this.previewOf(folder, stemOf(model.name), named),
      autov3,
      defaults: this.#job.defaults,
    });
    return {
      model: {
        root: folder.root.id,
        entry,
        file,
        sidecar: read?.signature ?? null,
        origin: read?.origin ?? 'none',
        digest: entry.sha256 === '' ? 'none' : 'stated',
        stamp: '',
        aliases: model.aliases,
      },
      notes: { preview: named, issues: problem?.lasts === true ? [[problem.code, problem.message]] : undefined },
      isWhole: problem?.lasts !== false,
    };
  }

  /**
   * The stored value, else what the remote side states; the file itself is asked when nobody has looked before. A
   * sidecar of a file that was replaced is no sidecar here.
   */
  #autov3Of(model: FoundModel, size: number, sidecar: Sidecar | null): Autov3 {
    const stored = sidecar?.autov3?.trim().toLowerCase();
    if (stored !== undefined && HASHED.test(stored)) return { autov3: stored };
    const stated = sidecar === null ? '' : autov3FromCivitai(sidecar.civitai, statedSha256(sidecar, size));
    if (stated !== '') return { autov3: stated };
    const checked = sidecar !== null && (sidecar.autov3 === null || sidecar.autov3 === '');
    if (checked || !SAFETENSORS.has(extensionOf(model.name))) return { autov3: '' };
    this.#report.opening();
    const header = readSafetensorsMetadata(model.path, size);
    if (header.ok) return { autov3: autov3FromHeader(header.metadata) };
    const lasts = header.reason !== 'unreadable';
    const code = lasts ? 'header_unreadable' : 'file_unreadable';
    this.#report.issue(code, model.path, header.message);
    return { autov3: lasts ? '' : null, problem: { code, message: header.message, lasts } };
  }

  /**
   * The preview that the sidecar names if it is there, else the one that lies beside the model. A path that leads
   * nowhere is dropped: what an entry names can be served.
   *
   * @param named As `namedPreview` gives it.
   */
  previewOf(folder: FoundFolder, stem: string, named: string | undefined): string {
    const isBeside = named !== undefined && !named.includes('/');
    if (isBeside && folder.names.has(named)) return joinPath(folder.path, named);
    const discovered = discoverPreview(stem, folder.names);
    if (discovered !== undefined) return joinPath(folder.path, discovered);
    return named !== undefined && !isBeside && this.#isFileBelowRoot(named) ? named : '';
  }

  #isFileBelowRoot(path: string): boolean {
    if (!isAbsolute(path) || path.split('/').includes('..')) return false;
    if (!this.#job.roots.some((root: ModelRoot) => isWithin(root.path, path))) return false;
    try {
      return statSync(path).isFile();
    } catch {
      return false;
    }
  }
}

interface Autov3 {
  readonly autov3: string | null;
  /** Why the header said nothing; `lasts` is false when the file itself need not change for that to change. */
  readonly problem?: { readonly code: ScanIssue['code']; readonly message: string; readonly lasts: boolean };
}

/** The preview that a sidecar names, if it can be one: a name of the model's folder, or a path with `/` separators. */
function namedPreview(folder: FoundFolder, stored: string): string | undefined {
  const named = toForwardSlashes(stored);
  if (named === '' || !isPreviewName(named)) return undefined;
  if (folderOf(named) === folder.path) return nameOf(named);
  return named.includes('/') ? named : undefined;
}
