/** Texts that come many times, such as base models and folders, kept once: parsed rows bring a copy each. */
export class InternedTexts {
  readonly #texts = new Map<string, string>();
  readonly #max: number;

  /** @param max Distinct texts that are kept; beyond it texts stay as they come. */
  constructor(max = 200_000) {
    this.#max = max;
  }

  of(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < this.#max) this.#texts.set(text, text);
    return text;
  }
}
