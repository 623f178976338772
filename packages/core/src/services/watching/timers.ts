/** Timers, so that a test need not wait. */
export interface Timers {
  /** Runs it once after some milliseconds; the returned function prevents that. */
  after(ms: number, run: () => void): () => void;
}

/** Timers that keep no process alive. */
export const unrefTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
