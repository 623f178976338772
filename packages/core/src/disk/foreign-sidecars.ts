import type { MetadataOrigin } from '../shapes/scan.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { isJsonObject } from '../shapes/json.js';
import { sidecarFromInfo } from './civitai-info-file.js';
import { sidecarFromA1111 } from './foreign-a1111.js';
import { sidecarFromCmInfo } from './foreign-cm-info.js';
import type { ForeignFields, ForeignModel } from './foreign-fields.js';
import { sidecarFromSwarm } from './foreign-swarm.js';
import { parseJsonText } from './sidecar-file.js';

/** A file that another tool leaves beside a model. */
export interface ForeignSidecar {
  /** What follows the stem of the model. */
  readonly suffix: string;
  readonly origin: MetadataOrigin;
  /** True when it also completes a sidecar of ours that knows nothing of the remote side. */
  readonly completes: boolean;
  /** The sidecar that it stands for; undefined for a shape that is not known. Never throws. */
  readonly read: (fields: ForeignFields, model: ForeignModel) => Sidecar | undefined;
}

/**
 * Files of other tools, in the order in which they count; the first that says something stands in for a missing sidecar.
 * They are read and never written.
 *
 * Invariant: another tool's digest is taken only when that tool states the size of the file and the file has it.
 */
export const FOREIGN_SIDECARS: readonly ForeignSidecar[] = [
  { suffix: '.civitai.info', origin: 'civitai_info', completes: true, read: sidecarFromInfo },
  { suffix: '.cm-info.json', origin: 'cm_info', completes: false, read: sidecarFromCmInfo },
  { suffix: '.swarm.json', origin: 'swarm', completes: false, read: sidecarFromSwarm },
  { suffix: '.json', origin: 'a1111', completes: false, read: sidecarFromA1111 },
];

/** The members of a file of another tool; null when the text is no JSON object. Never throws. */
export function parseForeign(text: string): ForeignFields | null {
  const value = parseJsonText(text);
  return isJsonObject(value) ? value : null;
}
