import type { Clock } from '../ports/clock.js';
import type { ProgressEvents, ProgressSnapshot, ProgressTopic } from '../shapes/progress.js';

/**
 * The newest snapshot of every topic and key: what polling, event streams and sockets all read.
 *
 * Invariant: ids rise with every snapshot, over all topics and, by starting from the clock, over restarts.
 */
export class ProgressSnapshots {
  readonly #clock: Clock;
  readonly #newest = new Map<string, ProgressSnapshot>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Stores a snapshot in place of the one with the same topic and key. */
  put<T extends ProgressTopic>(topic: T, key: string, data: ProgressEvents[T]): ProgressSnapshot<T> {
    this.#lastId = Math.max(this.#lastId + 1, this.#clock.now());
    const snapshot: ProgressSnapshot<T> = { id: this.#lastId, topic, key, data };
    const slot = `${topic}\n${key}`;
    this.#newest.delete(slot);
    this.#newest.set(slot, snapshot);
    return snapshot;
  }

  /** The newest snapshots with an id above `after`, oldest first. */
  since(after: number): ProgressSnapshot[] {
    return [...this.#newest.values()].filter((snapshot) => snapshot.id > after);
  }
}
