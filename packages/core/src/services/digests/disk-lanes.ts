import { TaskHeap, type Ranked } from './task-heap.js';

/** A piece of work on one disk. */
export interface LaneTask extends Ranked {
  /** Must not reject. */
  start(): Promise<void>;
}

/** How much may go on at the same time. */
export interface LaneLimits {
  readonly streamsPerDisk: number;
  readonly disks: number;
}

interface Lane {
  readonly heap: TaskHeap<LaneTask>;
  running: number;
  lastStart: number;
}

/**
 * Work in lanes, one for each disk: a disk is read by a few streams at a time, because several only slow each other
 * down, and a few disks are read at the same time.
 *
 * Invariant: no disk ever has more than `streamsPerDisk` tasks running, and no more than `disks` disks have any.
 */
export class DiskLanes {
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<number, Lane>();
  #starts = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Takes a task; nothing starts before `pump`, so that of many the first ones start. */
  add(disk: number, task: LaneTask): void {
    let lane = this.#lanes.get(disk);
    if (lane === undefined) this.#lanes.set(disk, (lane = { heap: new TaskHeap(), running: 0, lastStart: 0 }));
    lane.heap.push(task);
  }

  /** Starts what may start. */
  pump(): void {
    for (let lane = this.#nextLane(); lane !== undefined; lane = this.#nextLane()) {
      const task = lane.heap.pop();
      if (task !== undefined) this.#start(lane, task);
    }
  }

  #start(lane: Lane, task: LaneTask): void {
    lane.running += 1;
    lane.lastStart = ++this.#starts;
    void task.start().finally(() => {
      lane.running -= 1;
      this.pump();
    });
  }

  /** The lane with the most urgent task, of several the one that waited longest. */
  #nextLane(): Lane | undefined {
    const busy = [...this.#lanes.values()].filter(({ running }) => running > 0).length;
    let best: { lane: Lane; rank: number } | undefined;
    for (const lane of this.#lanes.values()) {
      const head = lane.heap.first;
      const free = lane.running === 0 ? busy < this.#limits.disks : lane.running < this.#limits.streamsPerDisk;
      if (head === undefined || !free) continue;
      const { rank } = head;
      const better =
        best === undefined || rank < best.rank || (rank === best.rank && lane.lastStart < best.lane.lastStart);
      if (better) best = { lane, rank };
    }
    return best?.lane;
  }
}
