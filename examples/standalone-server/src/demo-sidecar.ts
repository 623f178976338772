import { basename } from 'node:path';
import type { DemoModel } from './demo-models.js';
import type { DemoKind } from './demo-weights.js';

/** What is known of a model file once it is written. */
export interface DemoFile {
  readonly path: string;
  readonly size: number;
  /** When it came into the library, in seconds. */
  readonly added: number;
  readonly sha256: string;
  /** Absolute path of the preview, `''` when there is none. */
  readonly preview: string;
}

/** The sidecar of a model with its full set of fields (docs/behaviour.md, "Sidecar"). */
export function demoSidecar(kind: DemoKind, model: DemoModel, file: DemoFile): object {
  const { name = basename(model.path), words = [], description = '' } = model;
  return {
    file_name: basename(model.path),
    model_name: name,
    file_path: slashed(file.path),
    size: file.size,
    modified: file.added,
    sha256: file.sha256,
    base_model: model.base,
    preview_url: slashed(file.preview),
    preview_nsfw_level: 0,
    notes: model.notes ?? '',
    from_civitai: false,
    civitai: {
      // No ids: these models exist nowhere else, so nothing may ask a site about them.
      name: model.version ?? 'v1',
      baseModel: model.base,
      trainedWords: words,
      description: '',
      creator: { username: model.creator ?? 'unknown' },
      model: {
        name,
        type: { loras: 'LORA', checkpoints: 'Checkpoint', embeddings: 'TextualInversion' }[kind],
        description,
        tags: model.tags,
        allowNoCredit: true,
        allowCommercialUse: ['Image'],
        allowDerivatives: true,
        allowDifferentLicense: false,
      },
      images: [],
    },
    tags: model.tags,
    modelDescription: description,
    civitai_deleted: false,
    favorite: model.favorite ?? false,
    exclude: false,
    db_checked: false,
    skip_metadata_refresh: false,
    metadata_source: null,
    last_checked_at: 0,
    hash_status: 'completed',
    autov3: null,
    trainedWords: words,
    ...(kind === 'loras' ? { usage_tips: '{"strength": 0.8}' } : {}),
    ...(kind === 'checkpoints' ? { sub_type: 'checkpoint' } : {}),
    ...(kind === 'embeddings' ? { sub_type: 'embedding' } : {}),
  };
}

// Stored paths have `/` on every system.
const slashed = (path: string): string => path.replaceAll('\\', '/');
