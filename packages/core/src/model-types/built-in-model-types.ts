import { defineModelType } from './model-type.js';

/** Low-rank adapters and their relatives. */
export const lora = defineModelType({
  name: 'lora',
  prefix: 'loras',
  extensions: ['.safetensors'],
  subTypeFromCivitai: true,
  civitaiTypes: ['lora', 'locon', 'dora'],
  defaults: { fromCivitai: true, usageTips: '{}' },
  itemHas: { usageTips: true, usageCount: true },
  listHas: { firstLetter: true, namePatterns: true },
  hashParameter: 'lora',
  countedSubTypes: ['lora', 'locon', 'dora'],
});

/** Whole models; the folder tells checkpoints from bare diffusion models. */
export const checkpoint = defineModelType({
  name: 'checkpoint',
  lazyDigests: true,
  prefix: 'checkpoints',
  rootCategories: [
    { category: 'checkpoints', subType: 'checkpoint' },
    { category: 'unet', subType: 'diffusion_model' },
  ],
  extensions: ['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft', '.gguf'],
  defaults: { fromCivitai: false, usageTips: '' },
  itemHas: { usageTips: false, usageCount: true },
  hashParameter: 'checkpoint',
  countedSubTypes: ['checkpoint', 'diffusion_model'],
});

/** Textual inversions. */
const embedding = defineModelType({
  name: 'embedding',
  prefix: 'embeddings',
  extensions: ['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft'],
  civitaiTypes: ['textualinversion'],
});

/** The types that every library has. */
export const builtInModelTypes = [lora, checkpoint, embedding] as const;
