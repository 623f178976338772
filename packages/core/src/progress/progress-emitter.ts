import mitt from 'mitt';
import type { ProgressEvents, ProgressSnapshot, ProgressTopic } from '../shapes/progress.js';
import type { ProgressSnapshots } from './progress-snapshots.js';

/** Hears of every snapshot of a topic; nobody waits for it. */
export type ProgressListener<T extends ProgressTopic = ProgressTopic> = (snapshot: ProgressSnapshot<T>) => unknown;

type Snapshots = { [T in ProgressTopic]: ProgressSnapshot<T> };

/**
 * The one voice of everything that takes time: stores a snapshot, then tells the listeners.
 *
 * Invariant: a throwing listener is reported and never stops the others or the operation.
 */
export class ProgressEmitter {
  readonly snapshots: ProgressSnapshots;
  readonly #emitter = mitt<Snapshots>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(snapshots: ProgressSnapshots, onListenerError: (error: unknown) => void) {
    this.snapshots = snapshots;
    this.#onListenerError = onListenerError;
  }

  /** Stores the snapshot, tells every listener of the topic, and returns what was stored. */
  publish<T extends ProgressTopic>(topic: T, key: string, data: ProgressEvents[T]): ProgressSnapshot<T> {
    const snapshot = this.snapshots.put(topic, key, data);
    this.#emitter.emit(topic, snapshot as Snapshots[T]);
    return snapshot;
  }

  /** Listens to a topic; the returned function ends it. */
  on<T extends ProgressTopic>(topic: T, listener: ProgressListener<T>): () => void {
    const guarded = (snapshot: Snapshots[T]): void => {
      try {
        const returned = listener(snapshot);
        if (returned instanceof Promise) returned.catch(this.#onListenerError);
      } catch (error) {
        this.#onListenerError(error);
      }
    };
    this.#emitter.on(topic, guarded);
    return () => this.#emitter.off(topic, guarded);
  }
}
