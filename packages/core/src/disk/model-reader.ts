import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { FileSignature, ModelRoot, ScannedModel } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { autov3FromCivitai, autov3FromHeader } from './autov3.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { extensionOf, folderOf, isWithin, joinPath, nameOf, stemOf, toForwardSlashes } from './normalise-path.js';
import { discoverPreview, isPreviewName } from './preview-discovery.js';
import { projectEntry, statedSha256 } from './project-entry.js';
import { readSafetensorsMetadata } from './safetensors-metadata.js';
import type { ScanJob } from './scan-job.js';
import type { ScanReport } from './scan-report.js';
import { describesSize } from './sidecar-file.js';
import type { ReadSidecar } from './sidecar-reader.js';

const SAFETENSORS = new Set(['.safetensors', '.sft']);
const HASHED = /^[0-9a-f]{12}$/;

/** Makes scanned models of found ones. Opens a model file only when nothing else tells its AutoV3. */
export class ModelReader {
  readonly #job: ScanJob;
  readonly #report: ScanReport;

  constructor(job: ScanJob, report: ScanReport) {
    this.#job = job;
    this.#report = report;
  }

  scanned(folder: FoundFolder, model: FoundModel, file: FileSignature, read: ReadSidecar | null): ScannedModel {
    const sidecar = read?.sidecar ?? null;
    const entry = projectEntry({
      path: model.path,
      root: folder.root,
      file,
      sidecar,
      preview: this.#previewOf(folder, stemOf(model.name), sidecar?.preview_url ?? ''),
      autov3: this.#autov3Of(model, file.size, sidecar !== null && describesSize(sidecar, file.size) ? sidecar : null),
      defaults: this.#job.defaults,
    });
    return { root: folder.root.id, entry, file, sidecar: read?.signature ?? null, aliases: model.aliases };
  }

  /**
   * The stored value, else what the remote side states; the file itself is asked when nobody has looked before. A
   * sidecar of a file that was replaced is no sidecar here.
   */
  #autov3Of(model: FoundModel, size: number, sidecar: Sidecar | null): string | null {
    const stored = sidecar?.autov3?.trim().toLowerCase();
    if (stored !== undefined && HASHED.test(stored)) return stored;
    const stated = sidecar === null ? '' : autov3FromCivitai(sidecar.civitai, statedSha256(sidecar, size));
    if (stated !== '') return stated;
    const checked = sidecar !== null && (sidecar.autov3 === null || sidecar.autov3 === '');
    if (checked || !SAFETENSORS.has(extensionOf(model.name))) return '';
    const header = readSafetensorsMetadata(model.path, size);
    if (header.ok) return autov3FromHeader(header.metadata);
    const unreadable = header.reason === 'unreadable';
    this.#report.issue(unreadable ? 'file_unreadable' : 'header_unreadable', model.path, header.message);
    return unreadable ? null : '';
  }

  /**
   * The preview that the sidecar names if it is there, else the one that lies beside the model. A path that leads
   * nowhere is dropped: what an entry names can be served.
   */
  #previewOf(folder: FoundFolder, stem: string, stored: string): string {
    const named = toForwardSlashes(stored);
    const usable = named !== '' && isPreviewName(named);
    if (usable && folderOf(named) === folder.path && folder.names.has(nameOf(named))) return named;
    const discovered = discoverPreview(stem, folder.names);
    if (discovered !== undefined) return joinPath(folder.path, discovered);
    return usable && this.#isFileBelowRoot(named) ? named : '';
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
