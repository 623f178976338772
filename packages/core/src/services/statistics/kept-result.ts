/** The newest result of some work, with the versions of what it was worked out from. */
export class KeptResult<T> {
  #kept: { readonly versions: string; readonly result: Promise<T> } | undefined;

  /** The kept result while the versions are the same, also while it is still being worked out; a failure is not kept. */
  get(versions: readonly number[], workOut: () => Promise<T>): Promise<T> {
    const key = versions.join(' ');
    if (this.#kept?.versions === key) return this.#kept.result;
    const kept = { versions: key, result: workOut() };
    this.#kept = kept;
    kept.result.catch(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return kept.result;
  }
}
