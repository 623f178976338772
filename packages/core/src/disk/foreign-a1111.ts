import type { Sidecar } from '../shapes/sidecar.js';
import { baseModelName } from './base-model-name.js';
import { foreignSidecar, textIn, textsIn, type ForeignFields, type ForeignModel } from './foreign-fields.js';

/** One of them has to be there: any other JSON file could have this name. */
const KNOWN = ['sd version', 'activation text', 'preferred weight', 'negative text', 'description', 'notes'];

/** What the web UI of A1111 writes as a model's user metadata (`<stem>.json`). */
export function sidecarFromA1111(fields: ForeignFields, model: ForeignModel): Sidecar | undefined {
  // The model `x.metadata.safetensors` would find the sidecar of `x.safetensors` under this name.
  if ('file_path' in fields || !KNOWN.some((key) => key in fields)) return undefined;
  const weight = fields['preferred weight'];
  return foreignSidecar(
    model,
    {
      base_model: baseModelName(textIn(fields['sd version'])),
      modelDescription: textIn(fields['description']),
      notes: textIn(fields['notes']),
      usage_tips: typeof weight === 'number' && weight > 0 ? JSON.stringify({ strength: weight }) : '',
    },
    { trainedWords: textsIn(fields['activation text']) },
  );
}
