import type { CatalogEntry } from '../../src/shapes/catalog-entry.js';
import type { ScannedModel } from '../../src/shapes/scan.js';

/** A scanned model with everything at its default but what a test says. */
export function makeModel(
  entry: Partial<CatalogEntry> & { file_path: string },
  rest: Partial<ScannedModel> = {},
): ScannedModel {
  const stem = entry.file_path.slice(entry.file_path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return {
    root: 'loras-0',
    file: { size: 10, mtimeMs: 1, ino: 1 },
    sidecar: null,
    origin: 'none',
    digest: 'none',
    stamp: '',
    aliases: [],
    ...rest,
    entry: {
      file_name: stem,
      model_name: stem,
      folder: '',
      size: 10,
      modified: 1,
      sha256: '',
      autov3: null,
      base_model: 'SDXL 1.0',
      preview_url: '',
      preview_nsfw_level: 0,
      from_civitai: true,
      favorite: false,
      exclude: false,
      db_checked: false,
      civitai_deleted: false,
      skip_metadata_refresh: false,
      notes: '',
      usage_tips: '{}',
      metadata_source: null,
      last_checked_at: 0,
      tags: [],
      civitai: null,
      hf_url: '',
      license_flags: null,
      hash_status: 'pending',
      ...entry,
    },
  };
}
