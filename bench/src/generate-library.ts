import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What to generate. */
export interface GeneratedLibrary {
  readonly models: number;
  /** Whether sidecars state an AutoV3; where none does, a scan has to open the model file. */
  readonly autov3: boolean;
}

const MODELS_PER_FOLDER = 100;
const FOLDERS_PER_FOLDER = 10;
const BASE_MODELS = ['SDXL 1.0', 'Pony', 'Flux.1 D', 'Illustrious', 'SD 1.5', 'Wan Video 14B t2v'];
const TAGS = ['style', 'character', 'concept', 'clothing', 'poses', 'background', 'tool', 'anime', 'realistic'];
const WORDS = [
  'ink',
  'wash',
  'neon',
  'portrait',
  'forest',
  'retro',
  'crystal',
  'storm',
  'velvet',
  'lantern',
  'ember',
  'harbour',
];
const TENSOR_BYTES = 36 * 1024 * 1024;

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, at) => pick(WORDS, seed * 7 + at * 5)).join(' ');

/**
 * Writes a library of sparse safetensors files with sidecars of 2 to 4 KB, a preview beside every second model, in
 * nested folders. The same arguments give the same library.
 */
export function generateLibrary(root: string, { models, autov3 }: GeneratedLibrary): void {
  const preview = Buffer.from('524946460c000000574542505650384c', 'hex');
  for (let index = 0; index < models; index++) {
    const place = Math.floor(index / MODELS_PER_FOLDER);
    const group = Math.floor(place / FOLDERS_PER_FOLDER);
    const folder = join(root, pick(TAGS, group), `set ${String(place)}`);
    if (index % MODELS_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    const stem = `${pick(WORDS, index)}-v${String(index)}`;
    const path = join(folder, `${stem}.safetensors`);
    const sha256 = digest(`model ${String(index)}`);
    const size = writeModelFile(path, sha256);
    writeFileSync(join(folder, `${stem}.metadata.json`), sidecarText(index, { path, stem, size, sha256, autov3 }));
    if (index % 2 === 0) writeFileSync(join(folder, `${stem}.webp`), preview);
  }
}

function writeModelFile(path: string, sha256: string): number {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: {
        ss_base_model_version: 'sdxl_base_v1-0',
        ss_network_module: 'networks.lora',
        ss_network_dim: '32',
        ss_tag_frequency: JSON.stringify({ '10_set': Object.fromEntries(TAGS.map((tag, at) => [tag, at + 3])) }),
        sshs_model_hash: sha256,
      },
      'lora_unet.down.weight': { dtype: 'F16', shape: [32, TENSOR_BYTES / 128], data_offsets: [0, TENSOR_BYTES / 2] },
      'lora_unet.up.weight': {
        dtype: 'F16',
        shape: [32, TENSOR_BYTES / 128],
        data_offsets: [TENSOR_BYTES / 2, TENSOR_BYTES],
      },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const size = length.length + header.length + TENSOR_BYTES;
  const fd = openSync(path, 'w');
  writeSync(fd, Buffer.concat([length, header]));
  ftruncateSync(fd, size);
  closeSync(fd);
  return size;
}

interface SidecarFacts {
  readonly path: string;
  readonly stem: string;
  readonly size: number;
  readonly sha256: string;
  readonly autov3: boolean;
}

function sidecarText(index: number, { path, stem, size, sha256, autov3 }: SidecarFacts): string {
  const short = sha256.slice(0, 12);
  const name = `${words(index, 2)} ${String(index)}`;
  const tags = Array.from({ length: 1 + (index % 4) }, (_, at) => pick(TAGS, index + at));
  const sidecar = {
    file_name: stem,
    model_name: name,
    file_path: path,
    size,
    modified: 1_700_000_000 + index * 61.5,
    sha256,
    base_model: pick(BASE_MODELS, index),
    preview_url: '',
    preview_nsfw_level: pick([0, 1, 2, 4], index),
    notes: index % 10 === 0 ? words(index, 12) : '',
    from_civitai: true,
    civitai: {
      id: 100_000 + index,
      modelId: 50_000 + Math.floor(index / 2),
      name: `v${String(1 + (index % 4))}.0`,
      nsfwLevel: 1,
      createdAt: '2026-03-01T10:00:00.000Z',
      updatedAt: '2026-03-02T11:30:00.000Z',
      status: 'Published',
      publishedAt: '2026-03-01T10:20:00.000Z',
      trainedWords: [words(index, 2)],
      baseModel: pick(BASE_MODELS, index),
      description: `<p>${words(index + 1, 10 + (index % 60))}</p>`,
      stats: { downloadCount: index * 3, ratingCount: 0, rating: 0, thumbsUpCount: index },
      model: { name, type: 'LORA', nsfw: false, poi: false, description: `<p>${words(index, 20)}</p>`, tags },
      creator: { username: `maker_${String(index % 300)}`, image: null },
      files: [
        {
          id: 900_000 + index,
          sizeKB: size / 1024,
          name: `${stem}.safetensors`,
          type: 'Model',
          pickleScanResult: 'Success',
          virusScanResult: 'Success',
          metadata: { format: 'SafeTensor', size: null, fp: null },
          hashes: { AutoV2: sha256.slice(0, 10), SHA256: sha256.toUpperCase(), ...(autov3 ? { AutoV3: short } : {}) },
          primary: true,
        },
      ],
      images: Array.from({ length: 1 + (index % 3) }, (_, at) => ({
        url: `images/${digest(`${String(index)}/${String(at)}`).slice(0, 36)}/width=1024.jpeg`,
        nsfwLevel: 1,
        width: 1024,
        height: 1536,
        hash: digest(String(at)).slice(0, 30),
        type: 'image',
        meta: { prompt: words(index + at, 20), steps: 28, sampler: 'Euler a', cfgScale: 7, seed: index * 977 },
      })),
    },
    tags,
    modelDescription: words(index + 2, 15),
    civitai_deleted: false,
    favorite: index % 25 === 0,
    exclude: false,
    db_checked: false,
    skip_metadata_refresh: false,
    metadata_source: 'civitai_api',
    last_checked_at: 1_740_000_000,
    hash_status: 'completed',
    usage_tips: '{}',
    ...(autov3 ? { autov3: short } : {}),
  };
  return JSON.stringify(sidecar, null, 2);
}
