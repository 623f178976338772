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
});

/** Whole models; the folder tells checkpoints from bare diffusion models. */
export const checkpoint = defineModelType({
  name: 'checkpoint',
  prefix: 'checkpoints',
  rootCategories: [
    { category: 'checkpoints', subType: 'checkpoint' },
    { category: 'unet', subType: 'diffusion_model' },
  ],
  extensions: ['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft', '.gguf'],
  defaults: { fromCivitai: false, usageTips: '' },
  itemHas: { usageTips: false, usageCount: true },
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
