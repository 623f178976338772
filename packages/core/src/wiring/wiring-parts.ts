import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ProgressEmitter } from '../progress/progress-emitter.js';
import type { ModelLibraryOptions } from './library-options.js';

/** What every room is built from. */
export interface WiringParts {
  readonly options: ModelLibraryOptions;
  readonly types: readonly ModelType[];
  readonly progress: ProgressEmitter;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the library closes. */
  readonly signal: AbortSignal;
}
