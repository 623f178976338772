import { demoCheckpoints } from './demo-checkpoints.js';
import { demoEmbeddings } from './demo-embeddings.js';
import { demoLoras } from './demo-loras.js';
import type { DemoLook } from './demo-pictures.js';
import type { DemoDetails, DemoRow } from './demo-row.js';

/** One model of the demo library. All of them are invented. */
export interface DemoModel extends DemoDetails {
  /** Path below the root of its type, without extension. */
  readonly path: string;
  readonly base: string;
  readonly tags: readonly string[];
  /** Null: the model has no preview. */
  readonly look: DemoLook | null;
}

const toModel = ([path, base, look, tags, details]: DemoRow): DemoModel => ({
  path,
  base,
  look,
  tags: tags.split(' ').filter((tag) => tag !== ''),
  ...details,
});

/** The models of the demo library by route prefix: 60 in all. */
export const demoModels = {
  loras: demoLoras.map(toModel),
  checkpoints: demoCheckpoints.map(toModel),
  embeddings: demoEmbeddings.map(toModel),
};
