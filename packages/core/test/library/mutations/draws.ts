import type { Play } from './play.js';
import type { Prefix } from './shelf-names.js';

/** Draws from what there is at the moment; the numbers come from fast-check, so that they shrink. */
export class Draws {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  number(below: number): number {
    const drawn = this.#numbers[this.#at++ % this.#numbers.length] ?? 0;
    return below === 0 ? 0 : drawn % below;
  }

  one<T>(values: readonly T[]): T | undefined {
    return values[this.number(values.length)];
  }

  some<T>(values: readonly T[], most = 4): T[] {
    const count = 1 + this.number(most);
    const drawn = Array.from({ length: count }, () => this.one(values)).filter((each) => each !== undefined);
    return [...new Set(drawn)];
  }
}

/** One mutation: calls the library, checks the answer, tells the oracle. */
export type Mutation = (play: Play, draws: Draws) => Promise<void>;

export const anyPrefix = (draws: Draws): Prefix => (draws.number(2) === 0 ? 'loras' : 'checkpoints');
