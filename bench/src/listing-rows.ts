import { createHash } from 'node:crypto';
import type { ScannedModel } from '../../packages/core/src/shapes/scan.js';

const BASE_MODELS = ['SDXL 1.0', 'Pony', 'Flux.1 D', 'Illustrious', 'SD 1.5', 'Wan Video 14B t2v', 'Hunyuan', 'SD 3.5'];
const COMMON_TAGS = ['style', 'character', 'concept', 'clothing', 'poses', 'background', 'tool', 'anime', 'realistic'];
const WORDS = ['ink', 'wash', 'neon', 'portrait', 'forest', 'retro', 'crystal', 'storm', 'velvet', 'lantern', 'ember'];
const MORE = ['harbour', 'glass', 'winter', 'knight', 'dragon', 'lace', 'cyber', 'moon', 'paper', 'ocean', 'silver'];
const RARE_TAGS = 10_000;

/** Numbers that look random and are the same in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Words that names are made of. */
export const nameWords: readonly string[] = [...WORDS, ...MORE];

function row(at: number, random: (below: number) => number): object {
  const word = (): string => nameWords[random(nameWords.length)] ?? '';
  const shelf = random(40);
  const folder =
    random(20) === 0 ? '' : `${COMMON_TAGS[shelf % 9] ?? ''}/shelf ${String(shelf)}/set ${String(random(25))}`;
  const stem = `${word()}_${word()}-${word()}-v${String(at)}`;
  const path = ['/srv/models/loras', ...(folder === '' ? [] : [folder]), `${stem}.safetensors`].join('/');
  const sha256 = createHash('sha256').update(String(at)).digest('hex');
  const remote = random(10) > 0;
  const tags = [COMMON_TAGS[random(9)], COMMON_TAGS[random(9)], word(), `tag ${String(random(RARE_TAGS))}`];
  return {
    root: 'loras-0',
    file: {
      size: 36_000_000 + random(400_000_000),
      mtimeMs: 1_700_000_000_000 + at * 1000 + 0.5,
      ino: 10_000_000 + at,
    },
    sidecar: { size: 3000 + random(900), mtimeMs: 1_700_000_000_000 + at * 1000 + 0.25, ino: 20_000_000 + at },
    origin: 'sidecar',
    digest: 'stated',
    stamp: `${String(36_000_000 + at)}:${String(1_700_000_000_000 + at)}:${String(10_000_000 + at)}|${String(3000 + at)}`,
    aliases: [],
    entry: {
      file_path: path,
      file_name: stem,
      model_name: `${word()} ${word()} ${word()} ${String(random(100_000))}`,
      folder,
      size: 36_000_000 + random(400_000_000),
      modified: 1_700_000_000 + random(50_000_000) + 0.5,
      sha256,
      autov3: random(3) === 0 ? '' : sha256.slice(20, 32),
      base_model: BASE_MODELS[random(BASE_MODELS.length)],
      preview_url: random(2) === 0 ? '' : path.replace('.safetensors', '.webp'),
      preview_nsfw_level: [0, 1, 2, 4][random(4)],
      from_civitai: remote,
      favorite: random(25) === 0,
      exclude: false,
      db_checked: false,
      civitai_deleted: false,
      skip_metadata_refresh: false,
      notes: '',
      usage_tips: '{}',
      metadata_source: remote ? 'civitai_api' : null,
      last_checked_at: 1_740_000_000,
      tags,
      civitai: remote
        ? {
            id: 100_000 + at,
            modelId: 50_000 + Math.floor(at / 2),
            name: `v${String(1 + random(4))}.0`,
            creator: { username: `maker_${String(random(3000))}` },
            trainedWords: [word(), `${word()} ${word()}`],
            model: { type: 'LORA' },
          }
        : null,
      hf_url: '',
      license_flags: random(8) === 0 ? null : random(128),
      hash_status: 'completed',
    },
  };
}

/**
 * Batches of rows as they come from a scan or from the index store: parsed from text, so that no two rows share a string.
 */
export function* scannedRows(models: number, batch: number): Iterable<readonly ScannedModel[]> {
  const random = randomNumbers(7);
  for (let from = 0; from < models; from += batch) {
    const count = Math.min(batch, models - from);
    const text = JSON.stringify(Array.from({ length: count }, (_, at) => row(from + at, random)));
    yield JSON.parse(text) as ScannedModel[];
  }
}
