import type { Clock } from '../ports/clock.js';
import type { ProgressEvents, ProgressSnapshot, ProgressTopic } from '../shapes/progress.js';

/** Some keys are chosen by clients, such as the nodes that wait for trigger words. */
const KEYS_PER_TOPIC = 1_000;

/**
 * The newest snapshot of every topic and key: what polling, event streams and sockets all read.
 *
 * Invariant: ids rise with every snapshot, over all topics and, by starting from the clock, over restarts. Of a topic at
 * most a thousand keys are kept, those that were put last.
 */
export class ProgressSnapshots {
  readonly #clock: Clock;
  readonly #newest = new Map<ProgressTopic, Map<string, ProgressSnapshot>>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Stores a snapshot in place of the one with the same topic and key. */
  put<T extends ProgressTopic>(topic: T, key: string, data: ProgressEvents[T]): ProgressSnapshot<T> {
    this.#lastId = Math.max(this.#lastId + 1, this.#clock.now());
    const snapshot: ProgressSnapshot<T> = { id: this.#lastId, topic, key, data };
    const ofTopic = this.#newest.get(topic) ?? new Map<string, ProgressSnapshot>();
    this.#newest.set(topic, ofTopic);
    ofTopic.delete(key);
    ofTopic.set(key, snapshot);
    if (ofTopic.size > KEYS_PER_TOPIC) {
      const [oldest] = ofTopic.keys();
      if (oldest !== undefined) ofTopic.delete(oldest);
    }
    return snapshot;
  }

  /** The newest snapshots with an id above `after`, oldest first. */
  since(after: number): ProgressSnapshot[] {
    const all = [...this.#newest.values()].flatMap((ofTopic) => [...ofTopic.values()]);
    return all.filter((snapshot) => snapshot.id > after).sort((a, b) => a.id - b.id);
  }
}
