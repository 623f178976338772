import type { Sidecar } from '../shapes/sidecar.js';
import { baseModelName } from './base-model-name.js';
import { foreignSidecar, present, textIn, textsIn, type ForeignFields, type ForeignModel } from './foreign-fields.js';

const PREFIX = 'modelspec.';

/** Beginnings of architecture ids of the ModelSpec standard, to the name that people know; the first hit wins. */
const ARCHITECTURES: readonly (readonly [id: string, name: string])[] = [
  ['stable-diffusion-xl', 'SDXL 1.0'],
  ['stable-diffusion-v1', 'SD 1.5'],
  ['stable-diffusion-v2', 'SD 2.1'],
  ['stable-diffusion-v3', 'SD 3'],
  ['flux-1-schnell', 'Flux.1 S'],
  ['flux.1-schnell', 'Flux.1 S'],
  ['flux-1', 'Flux.1 D'],
  ['flux.1', 'Flux.1 D'],
];

function baseModelOf(architecture: string): string {
  const [id = ''] = architecture.toLowerCase().split('/');
  const known = ARCHITECTURES.find(([beginning]) => id.startsWith(beginning));
  return known?.[1] ?? baseModelName(architecture.split('/')[0] ?? '');
}

/** What SwarmUI writes beside a model whose header it does not change (`<stem>.swarm.json`): ModelSpec members. */
export function sidecarFromSwarm(fields: ForeignFields, model: ForeignModel): Sidecar | undefined {
  if (!Object.keys(fields).some((key) => key.startsWith(PREFIX))) return undefined;
  const text = (key: string): string => textIn(fields[PREFIX + key]);
  return foreignSidecar(
    model,
    {
      model_name: text('title'),
      base_model: baseModelOf(text('architecture')),
      tags: textsIn(fields[`${PREFIX}tags`]),
      modelDescription: text('description'),
      notes: text('usage_hint'),
    },
    {
      trainedWords: [text('trigger_phrase')].filter((phrase) => phrase !== ''),
      creator: present({ username: text('author') }),
    },
  );
}
