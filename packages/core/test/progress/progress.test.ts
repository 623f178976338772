import { describe, expect, it, vi } from 'vitest';
import { ProgressEmitter } from '../../src/progress/progress-emitter.js';
import { ProgressSnapshots } from '../../src/progress/progress-snapshots.js';
import { progressStream } from '../../src/progress/progress-stream.js';
import type { ModelsChanged, ProgressTopic } from '../../src/shapes/progress.js';
import type { ServerEvent } from '../../src/shapes/reply.js';

const changed = (version: number): ModelsChanged => ({ type: 'models_changed', pageType: 'loras', version });

function createEmitter(now = () => 1000): { emitter: ProgressEmitter; errors: unknown[] } {
  const errors: unknown[] = [];
  return { emitter: new ProgressEmitter(new ProgressSnapshots({ now }), (error) => errors.push(error)), errors };
}

describe('ProgressEmitter', () => {
  it('a throwing listener is reported and never stops the others or the operation', async () => {
    const { emitter, errors } = createEmitter();
    const heard: number[] = [];
    emitter.on('models_changed', () => {
      throw new Error('first');
    });
    emitter.on('models_changed', async () => {
      await Promise.resolve();
      throw new Error('later');
    });
    emitter.on('models_changed', ({ data }) => heard.push(data.version));
    emitter.publish('models_changed', 'loras', changed(1));
    await vi.waitFor(() => expect(errors).toHaveLength(2));
    expect(heard).toEqual([1]);
  });

  it('stores a snapshot before it tells the listeners', () => {
    const { emitter } = createEmitter();
    let stored = 0;
    emitter.on('models_changed', () => (stored = emitter.snapshots.since(0).length));
    emitter.publish('models_changed', 'loras', changed(1));
    expect(stored).toBe(1);
  });

  it('hears nothing more after unsubscribing', () => {
    const { emitter } = createEmitter();
    const heard = vi.fn();
    const stop = emitter.on('models_changed', heard);
    stop();
    emitter.publish('models_changed', 'loras', changed(1));
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('ProgressSnapshots', () => {
  it('ids rise with every snapshot, over all topics and, by starting from the clock, over restarts', () => {
    let time = 5000;
    const first = createEmitter(() => time).emitter;
    const ids = [1, 2, 3].map((version) => first.publish('models_changed', 'loras', changed(version)).id);
    expect(ids).toEqual([5000, 5001, 5002]);
    time = 6000;
    expect(createEmitter(() => time).emitter.publish('models_changed', 'loras', changed(1)).id).toBeGreaterThan(5002);
  });

  it('of a topic at most a thousand keys are kept, those that were put last', () => {
    const snapshots = new ProgressSnapshots({ now: () => 0 });
    snapshots.put('models_changed', 'first', changed(1));
    const words = { type: 'trigger_word_update' as const, id: 1, message: '' };
    for (let node = 0; node < 1_200; node++) snapshots.put('trigger_words', String(node), words);
    const kept = snapshots.since(0);
    expect(kept.map(({ key }) => key)).toEqual([
      'first',
      ...Array.from({ length: 1_000 }, (_, at) => String(at + 200)),
    ]);
  });

  it('keeps the newest of each topic and key', () => {
    const { emitter } = createEmitter();
    for (const version of [1, 2]) emitter.publish('models_changed', 'loras', changed(version));
    emitter.publish('models_changed', 'checkpoints', changed(9));
    const kept = emitter.snapshots.since(0);
    expect(kept.map(({ key, data }) => [key, data])).toEqual([
      ['loras', changed(2)],
      ['checkpoints', changed(9)],
    ]);
  });
});

describe('progressStream', () => {
  const topics: ProgressTopic[] = ['models_changed'];

  it('replays the newest snapshots, then follows', async () => {
    const { emitter } = createEmitter();
    emitter.publish('models_changed', 'loras', changed(1));
    const ending = new AbortController();
    const seen: ServerEvent[] = [];
    const reading = (async () => {
      const stream = progressStream(emitter, { topics, after: 0, signals: [ending.signal] });
      for await (const event of stream) {
        seen.push(event);
        if (seen.length === 2) ending.abort();
        else setImmediate(() => emitter.publish('models_changed', 'loras', changed(2)));
      }
    })();
    await reading;
    expect(seen.map(({ data }) => data)).toEqual([changed(1), changed(2)]);
  });

  it('a slow reader gets the newest snapshot of each topic and key only', async () => {
    const { emitter } = createEmitter();
    const ending = new AbortController();
    const stream = progressStream(emitter, { topics, after: 0, signals: [ending.signal] });
    const first = stream.next();
    emitter.publish('models_changed', 'loras', changed(0));
    await first;
    for (let version = 1; version <= 1000; version++) emitter.publish('models_changed', 'loras', changed(version));
    expect((await stream.next()).value?.data).toEqual(changed(1000));
    ending.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it('skips what a reconnecting reader has seen', async () => {
    const { emitter } = createEmitter();
    const seen = emitter.publish('models_changed', 'loras', changed(1));
    emitter.publish('models_changed', 'checkpoints', changed(2));
    const stream = progressStream(emitter, { topics, after: seen.id, signals: [] });
    expect((await stream.next()).value?.data).toEqual(changed(2));
    await stream.return();
  });
});
