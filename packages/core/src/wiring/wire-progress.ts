import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { ProgressEmitter } from '../progress/progress-emitter.js';
import { ProgressSnapshots } from '../progress/progress-snapshots.js';

/** The emitter that everything speaks through. */
export function wireProgress(clock: Clock, logger: Logger): ProgressEmitter {
  return new ProgressEmitter(new ProgressSnapshots(clock), (error) => {
    logger.error('A progress listener threw.', { error });
  });
}
