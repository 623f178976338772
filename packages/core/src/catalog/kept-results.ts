/** The last few results of a costly calculation by key; each counts for one state of what it was made from. */
export class KeptResults<Result> {
  readonly #results = new Map<string, { readonly state: string; readonly result: Result }>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The kept result, or a new one when the state is another. */
  get(key: string, state: string, make: () => Result): Result {
    const known = this.#results.get(key);
    const result = known?.state === state ? known.result : make();
    this.#results.delete(key);
    this.#results.set(key, { state, result });
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= this.#most) break;
      this.#results.delete(oldest);
    }
    return result;
  }
}
