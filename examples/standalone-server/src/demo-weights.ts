import { between, seededRandom } from './seeded-random.js';

/** What the files of a model type hold: names and shapes of tensors, and metadata of the trainer. */
export type DemoKind = 'loras' | 'checkpoints' | 'embeddings';

interface TensorHeader {
  readonly dtype: 'F16';
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const shapesOf: Readonly<Record<DemoKind, (size: number) => Record<string, number[]>>> = {
  loras: (rank) => ({
    'lora_unet_input_blocks_1_1_proj_in.alpha': [],
    'lora_unet_input_blocks_1_1_proj_in.lora_down.weight': [rank, 320],
    'lora_unet_input_blocks_1_1_proj_in.lora_up.weight': [320, rank],
    'lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight': [rank, 768],
  }),
  checkpoints: (rank) => ({
    'model.diffusion_model.time_embed.0.weight': [rank * 4, 640],
    'model.diffusion_model.out.0.weight': [640],
    'first_stage_model.decoder.conv_in.weight': [rank, 4, 3, 3],
  }),
  embeddings: (vectors) => ({ emb_params: [vectors, 768] }),
};

const sizesOf: Readonly<Record<DemoKind, readonly number[]>> = {
  loras: [4, 8, 16, 32],
  checkpoints: [24, 48, 64],
  embeddings: [2, 4, 8, 12],
};

/** A small safetensors file that any reader of the format accepts; the seed decides its bytes. */
export function demoWeights(kind: DemoKind, seed: string, metadata: Readonly<Record<string, string>>): Buffer {
  const random = seededRandom(seed);
  const sizes = sizesOf[kind];
  const size = sizes[Math.floor(between(random, 0, sizes.length))] ?? 4;

  const tensors: Record<string, TensorHeader> = {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapesOf[kind](size))) {
    const start = end;
    end += shape.reduce((count, dimension) => count * dimension, 1) * 2;
    tensors[name] = { dtype: 'F16', shape, data_offsets: [start, end] };
  }

  // Padded with blanks, as the format has it, so that the data begins at a multiple of 8.
  const json = JSON.stringify({ __metadata__: metadata, ...tensors });
  const header = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, halfFloats(end, random)]);
}

// Small numbers around zero, as trained weights are: sign and mantissa are random, the exponent is not.
function halfFloats(bytes: number, random: () => number): Buffer {
  const data = Buffer.alloc(bytes);
  for (let at = 0; at + 1 < bytes; at += 2) {
    const bits = Math.floor(random() * 4096);
    data.writeUInt16LE(((bits & 0x800) << 4) | 0x2000 | (bits & 0x7ff), at);
  }
  return data;
}
