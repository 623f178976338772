/** Dotted key to text; `{name}` in a text stands for a parameter. */
export type Locale = Readonly<Record<string, string>>;

/** Language tag to its locale; `en` is what the others fall back to. */
export type Locales = ReadonlyMap<string, Locale>;

/** What the placeholders of a text are filled with. */
export type TranslationParams = ReadonlyMap<string, string>;

const noParams: TranslationParams = new Map();

/**
 * The texts of one language for one render: looks in the locale, then in English, then answers the key.
 *
 * Invariant: a translator holds its language itself, so renders in different languages never affect each other.
 */
export class Translator {
  /** The language in use: what was asked for, the language without its region, or English. */
  readonly language: string;
  readonly #locale: Locale;
  readonly #english: Locale;

  constructor(locales: Locales, language: string) {
    this.language = availableLanguage(locales, language);
    this.#english = locales.get('en') ?? {};
    this.#locale = locales.get(this.language) ?? this.#english;
  }

  /** The text under a key with its placeholders filled; a placeholder without a parameter stays as it is. */
  translate(key: string, params: TranslationParams = noParams): string {
    const text = ownText(this.#locale, key) ?? ownText(this.#english, key) ?? key;
    return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => params.get(name) ?? placeholder);
  }

  /** Whether a text exists under the key. */
  has(key: string): boolean {
    return (ownText(this.#locale, key) ?? ownText(this.#english, key)) !== undefined;
  }

  /** Every text whose key begins with `prefix`, by the rest of its key. */
  textsBelow(prefix: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries({ ...this.#english, ...this.#locale })
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, text]) => [key.slice(prefix.length), text]),
    );
  }
}

function availableLanguage(locales: Locales, language: string): string {
  if (locales.has(language)) return language;
  const [base = ''] = language.split(/[-_]/);
  return locales.has(base.toLowerCase()) ? base.toLowerCase() : 'en';
}

// A key such as `constructor` must not find what every object inherits.
function ownText(locale: Locale, key: string): string | undefined {
  return Object.hasOwn(locale, key) ? locale[key] : undefined;
}
