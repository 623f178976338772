import { setImmediate } from 'node:timers/promises';
import type { DigestDesk, DigestItem, EnteredDigest, ItemTicket } from './digest-desk.js';
import type { DigestMeter } from './digest-meter.js';
import { TaskHeap } from './task-heap.js';

/** Items that are looked up together, between two turns of the event loop. */
const CHUNK = 128;

/** Items that wait for a disk at the same time: enough for every disk to have work, and bounded. */
const WINDOW = 2048;

/** Items that are taken in between two turns of the event loop. */
const TAKEN_AT_ONCE = 4096;

/** Hears once of every item how it ended; not of those that were cancelled. */
export type OnOutcome = (item: DigestItem, outcome: EnteredDigest | { readonly error: unknown }) => void;

/** Works through many files, the smallest of a rank first. More may be added at any time. */
export class DigestBatch {
  readonly #desk: DigestDesk;
  readonly #meter: DigestMeter;
  readonly #onOutcome: OnOutcome;
  readonly #waiting = new TaskHeap<DigestItem>();
  readonly #tickets = new Set<ItemTicket>();
  #inHand = 0;
  #cancelled = false;
  #wake: (() => void) | undefined;

  constructor(desk: DigestDesk, meter: DigestMeter, onOutcome: OnOutcome) {
    this.#desk = desk;
    this.#meter = meter;
    this.#onOutcome = onOutcome;
  }

  /** Takes items in, a slice at a time, and tells how many there were. */
  async add(items: Iterable<DigestItem>): Promise<number> {
    let taken = 0;
    let [files, bytes] = [0, 0];
    const expect = (): void => {
      if (files > 0) this.#meter.expect(files, bytes);
      [files, bytes] = [0, 0];
    };
    for (const item of items) {
      this.#waiting.push(item);
      [taken, files, bytes] = [taken + 1, files + 1, bytes + item.size];
      if (files < TAKEN_AT_ONCE) continue;
      expect();
      await setImmediate();
      if (this.#cancelled) break;
    }
    expect();
    if (this.#cancelled) this.#drop();
    return taken;
  }

  /** Goes on by one step, or waits until something happened; false when nothing is left. */
  async step(): Promise<boolean> {
    if (this.#waiting.size > 0 && this.#inHand <= WINDOW - CHUNK) await this.#feed();
    else if (this.#inHand > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#waiting.size > 0 || this.#inHand > 0;
  }

  /** Ends the wait of `step`. */
  poke(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Nothing more is begun, and nobody of this batch waits any longer. */
  cancel(): void {
    this.#cancelled = true;
    this.#drop();
    for (const ticket of this.#tickets) ticket.leave();
    this.poke();
  }

  async #feed(): Promise<void> {
    const items: DigestItem[] = [];
    while (items.length < CHUNK) {
      const item = this.#waiting.pop();
      if (item === undefined) break;
      items.push(item);
    }
    await Promise.all(items.map((item) => this.#begin(item)));
    this.#desk.pump();
    await setImmediate();
  }

  async #begin(item: DigestItem): Promise<void> {
    const known = this.#desk.enterKnown(item);
    if (known !== undefined) {
      this.#meter.file(item.size).end('done');
      this.#onOutcome(item, known);
      return;
    }
    const file = this.#meter.file(item.size);
    this.#inHand += 1;
    const ticket = await this.#desk.ask(item, file.read);
    // The bytes of a file that is read already are counted by whoever came first.
    if (ticket.joined) file.end('shared');
    this.#tickets.add(ticket);
    if (this.#cancelled) ticket.leave();
    void ticket.result
      .then(
        (outcome) => {
          if (!ticket.joined) file.end('done');
          this.#onOutcome(item, outcome);
        },
        (error: unknown) => {
          if (!ticket.joined) file.end(this.#cancelled ? 'left' : 'failed');
          if (!this.#cancelled) this.#onOutcome(item, { error });
        },
      )
      .finally(() => {
        this.#tickets.delete(ticket);
        this.#inHand -= 1;
        this.poke();
      });
  }

  #drop(): void {
    for (let item = this.#waiting.pop(); item !== undefined; item = this.#waiting.pop()) {
      this.#meter.file(item.size).end('left');
    }
  }
}
