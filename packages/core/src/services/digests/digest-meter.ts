import type { Clock } from '../../ports/clock.js';
import type { DigestProgress } from '../../shapes/progress.js';

const REPORT_EVERY_MS = 500;

/** The speed is that of the last seconds, so that it follows a disk that becomes slower. */
const WINDOW_MS = 10_000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** How a file ended. */
export type DigestOutcome = 'done' | 'failed' | 'left' | 'shared';

/** Progress of one file: told again and again, and at last `done` or `failed`. */
export interface FileMeter {
  /** Bytes of it that were read so far; fewer than before when the reading begins again. */
  readonly read: (bytesRead: number) => void;
  /** It is over; to be called once. What was `left` or is `shared`, and so measured elsewhere, counts no longer. */
  readonly end: (outcome: DigestOutcome) => void;
}

/**
 * Adds up the progress of many files. A run begins with the first file that is expected and ends with `settle`; it is
 * told at its beginning, twice a second while something goes on, and at its end.
 *
 * Invariant: the last snapshot of a run, and no other one, is terminal.
 */
export class DigestMeter {
  readonly #clock: Clock;
  readonly #onProgress: (progress: DigestProgress) => void;
  #run: MeterRun | undefined;

  constructor(clock: Clock, onProgress: (progress: DigestProgress) => void) {
    this.#clock = clock;
    this.#onProgress = onProgress;
  }

  /** Counts files in that will be read; each is to be ended through a meter of its own. */
  expect(files: number, bytes: number): void {
    const run = (this.#run ??= new MeterRun(this.#clock.now()));
    run.filesTotal += files;
    run.bytesTotal += bytes;
    this.#report('running');
  }

  /** Measures one of the files that are expected. */
  file(size: number): FileMeter {
    const run = (this.#run ??= new MeterRun(this.#clock.now()));
    let last = 0;
    const advance = (bytesRead: number): void => {
      run.bytesDone += bytesRead - last;
      last = bytesRead;
    };
    return {
      read: (bytesRead) => {
        run.bytesRead += Math.max(0, bytesRead - last);
        advance(Math.min(bytesRead, size));
        this.#report('running');
      },
      end: (outcome) => {
        if (outcome !== 'shared') run.lastOutcome = outcome;
        if (outcome === 'left' || outcome === 'shared') {
          advance(0);
          run.filesTotal -= 1;
          run.bytesTotal -= size;
        } else {
          advance(size);
          if (outcome === 'done') run.filesDone += 1;
          else run.filesFailed += 1;
        }
        this.#report('running');
      },
    };
  }

  /** Ends the run, if there is one: as cancelled if it is stopped, or if the last of its files was cancelled. */
  settle(stopped: boolean): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#report(stopped || run.lastOutcome === 'left' ? 'cancelled' : 'complete', true);
    this.#run = undefined;
  }

  #report(status: DigestProgress['status'], now = false): void {
    const run = this.#run;
    const at = this.#clock.now();
    if (run === undefined || (!now && at - run.reportedAt < REPORT_EVERY_MS)) return;
    run.reportedAt = at;
    const speed = run.speed(at);
    this.#onProgress({
      status,
      files_done: run.filesDone,
      files_failed: run.filesFailed,
      files_total: run.filesTotal,
      bytes_done: run.bytesDone,
      bytes_total: run.bytesTotal,
      bytes_per_second: speed,
      seconds_left: speed > 0 ? Math.ceil((run.bytesTotal - run.bytesDone) / speed) : null,
    });
  }
}

class MeterRun {
  filesDone = 0;
  filesFailed = 0;
  filesTotal = 0;
  bytesDone = 0;
  bytesTotal = 0;
  /** Bytes that really were read, those of vain attempts included. */
  bytesRead = 0;
  lastOutcome: DigestOutcome | undefined;
  reportedAt = -Infinity;
  readonly #samples: Sample[];

  constructor(startedAt: number) {
    this.#samples = [{ at: startedAt, bytes: 0 }];
  }

  /** Bytes a second since the oldest sample that is still within the window. */
  speed(at: number): number {
    this.#samples.push({ at, bytes: this.bytesRead });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_MS) this.#samples.shift();
    const [oldest = { at, bytes: 0 }] = this.#samples;
    return Math.round((this.bytesRead - oldest.bytes) / Math.max((at - oldest.at) / 1000, 0.001));
  }
}
