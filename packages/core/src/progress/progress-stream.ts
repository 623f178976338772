import type { ProgressSnapshot, ProgressTopic } from '../shapes/progress.js';
import type { ServerEvent } from '../shapes/reply.js';
import type { ProgressEmitter } from './progress-emitter.js';

/** What a stream of progress covers. */
export interface ProgressStreamOptions {
  readonly topics: readonly ProgressTopic[];
  /** Replay starts with the newest snapshots whose id is above this one. */
  readonly after: number;
  /** Each ends the stream: the library closes, the client left. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Progress as events: first the newest snapshots, then every new one.
 *
 * Invariant: a slow reader gets the newest snapshot of each topic and key only; nothing is buffered without bound.
 */
export async function* progressStream(
  emitter: ProgressEmitter,
  options: ProgressStreamOptions,
): AsyncGenerator<ServerEvent, void, undefined> {
  const waiting = new Map<string, ProgressSnapshot>();
  let wake: (() => void) | undefined;
  let ended = options.signals.some((signal) => signal.aborted);

  const end = (): void => {
    ended = true;
    wake?.();
  };
  const add = (snapshot: ProgressSnapshot): void => {
    const slot = `${snapshot.topic}\n${snapshot.key}`;
    waiting.delete(slot);
    waiting.set(slot, snapshot);
    wake?.();
  };

  for (const snapshot of emitter.snapshots.since(options.after)) {
    if (options.topics.includes(snapshot.topic)) waiting.set(`${snapshot.topic}\n${snapshot.key}`, snapshot);
  }
  const stops = options.topics.map((topic) => emitter.on(topic, add));
  for (const signal of options.signals) signal.addEventListener('abort', end, { once: true });
  try {
    while (!ended) {
      const [next] = waiting;
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
        continue;
      }
      waiting.delete(next[0]);
      yield { id: next[1].id, event: next[1].topic, data: next[1].data };
    }
  } finally {
    for (const signal of options.signals) signal.removeEventListener('abort', end);
    for (const stop of stops) stop();
  }
}
