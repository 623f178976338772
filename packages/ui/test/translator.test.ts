import { describe, expect, it } from 'vitest';
import { Translator } from '../src/translator.js';

const locales = new Map([
  ['en', { greeting: 'Hello {name}', only: 'English' }],
  ['de', { greeting: 'Hallo {name}' }],
]);

describe('a translator', () => {
  it('looks in its language, then in English, then answers the key', () => {
    const german = new Translator(locales, 'de');
    expect(german.translate('greeting', new Map([['name', 'Ada']]))).toBe('Hallo Ada');
    expect(german.translate('only')).toBe('English');
    expect(german.translate('no.such.key')).toBe('no.such.key');
    expect(german.has('only')).toBe(true);
    expect(german.has('no.such.key')).toBe(false);
  });

  it('leaves a placeholder that nothing fills, and fills each text once only', () => {
    const english = new Translator(locales, 'en');
    expect(english.translate('greeting')).toBe('Hello {name}');
    expect(english.translate('greeting', new Map([['name', '{name} $& $1']]))).toBe('Hello {name} $& $1');
  });

  it('does not take what every object inherits for a text', () => {
    const english = new Translator(locales, 'en');
    for (const key of ['constructor', 'toString', '__proto__']) expect(english.translate(key)).toBe(key);
  });

  it('knows the language by any spelling of its region', () => {
    for (const language of ['de', 'de-AT', 'de_CH', 'DE'])
      expect(new Translator(locales, language).language).toBe('de');
    for (const language of ['pt-BR', '', '-', 'd']) expect(new Translator(locales, language).language).toBe('en');
  });
});
