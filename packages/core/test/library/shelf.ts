import { join } from 'node:path';
import type { RouteBinding } from '../../src/index.js';
import { safetensors, sidecar } from './temp-library.js';

const hash = (digit: string): string => digit.repeat(64);

const remote = (id: number, modelId: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  modelId,
  name: `v${String(id)}`,
  secret: 'not for clients',
  ...more,
});

const twins = safetensors({ twin: 'yes' });

/** A small library in which every read route has something to say. */
export const shelf = {
  'loras/alpha.safetensors': safetensors({ at: 'top' }),
  'loras/alpha.metadata.json': sidecar({ model_name: 'Top Alpha', notes: 'top notes', sha256: hash('1') }),
  'loras/char/alpha.safetensors': safetensors({ at: 'char' }),
  'loras/char/alpha.metadata.json': sidecar({
    model_name: 'Char Alpha',
    sha256: hash('2'),
    base_model: 'Flux.1 D',
    tags: ['Style', 'ink', 'HIGH'],
    favorite: true,
    notes: 'char notes',
    usage_tips: '{"strength":0.8,"clip_strength":0.4}',
    modelDescription: '<p>A character.</p>',
    civitai: remote(71, 7, {
      trainedWords: ['alp', 'pha'],
      creator: { username: 'Ann' },
      model: { type: 'LoCon', allowNoCredit: true, allowCommercialUse: ['Image'] },
    }),
  }),
  'loras/char/alpha.png': 'png bytes',
  'loras/char/sub/beta.safetensors': safetensors({ at: 'sub' }),
  'loras/char/sub/beta.metadata.json': sidecar({
    model_name: '1 Beta',
    sha256: hash('3'),
    autov3: 'ABCDEF012345',
    base_model: 'Wan Video',
    tags: ['style'],
    preview_nsfw_level: 8,
    usage_tips: '{"strength":1,"clipStrength":0.2}',
    civitai: remote(72, 7, {
      trainedWords: ['bet'],
      model: { type: 'LORA', allowNoCredit: false, allowCommercialUse: [] },
    }),
  }),
  'loras/character/delta.safetensors': safetensors({ at: 'character' }),
  'loras/character/delta.metadata.json': sidecar({
    model_name: '漢字',
    sha256: hash('4'),
    civitai: remote(81, 8, { model: { type: 'DoRA', allowNoCredit: true } }),
  }),
  'loras/twins/twin.safetensors': twins,
  'loras/twins/twin (1).safetensors': twins,
  'loras/out/hidden.safetensors': safetensors({ at: 'out' }),
  'loras/out/hidden.metadata.json': sidecar({
    model_name: 'Hidden',
    sha256: hash('5'),
    exclude: true,
    tags: ['hidden'],
    civitai: remote(91, 9),
  }),
  'checkpoints/deep/big.safetensors': safetensors({ at: 'deep' }),
  'checkpoints/deep/big.metadata.json': sidecar({
    model_name: 'Big',
    sha256: hash('6'),
    base_model: 'SD 1.5',
    civitai: remote(61, 6),
  }),
  'embeddings/neg.pt': 'pickle',
  'embeddings/neg.metadata.json': sidecar({ model_name: 'Neg', sha256: hash('7'), civitai: remote(51, 5) }),
  'embeddings/sub/neg.pt': 'other pickle',
};

/** Writing routes that change no file and no metadata. */
const HARMLESS_WRITES = ['scanModels', 'cancelTask', 'recordUsage', 'getTriggerWords', 'clearAutoOrganizeProgress'];

/** Routes that answer about the library and change none of its files; progress of a run answers only after one. */
export function isQueryRoute({ definition }: RouteBinding): boolean {
  if (definition.handler === 'getAutoOrganizeProgress') return false;
  return definition.effect === 'read' || HARMLESS_WRITES.includes(definition.handler);
}

/** A request that every query route of the shelf answers well: path with search, and the body of a POST. */
export function goodRequest(
  { definition, path, prefix }: RouteBinding,
  folder: string,
): { url: string; body?: string } {
  const file = { checkpoints: 'checkpoints/deep/big.safetensors', embeddings: 'embeddings/neg.pt' };
  const model = prefix === 'checkpoints' || prefix === 'embeddings' ? file[prefix] : 'loras/char/alpha.safetensors';
  const name = model.slice(model.indexOf('/') + 1);
  const known: Readonly<Record<string, string>> = {
    name,
    relative_path: name,
    file_path: join(folder, model),
    path: join(folder, 'loras/char/alpha.png'),
    model_root: join(folder, prefix ?? 'loras'),
    q: 'a',
  };
  const names = Object.keys(definition.query?.shape ?? {}).filter((key) => key in known);
  const search = names.map((key) => `${key}=${encodeURIComponent(known[key] ?? '')}`).join('&');
  const url = `${path.replace('{name}', encodeURIComponent(name))}${search === '' ? '' : `?${search}`}`;
  if (definition.body === undefined) return { url };
  return { url, body: definition.handler === 'planDedupe' ? '{"rule":"oldest"}' : '{}' };
}
