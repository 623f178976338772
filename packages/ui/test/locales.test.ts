import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPageAssets } from '../src/page-assets.js';

const { locales, templates } = readPageAssets();
const english = locales.get('en') ?? {};
const placeholdersOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([placeholder]) => placeholder).sort();

describe('locales', () => {
  it('are at least the six languages of the first release', () => {
    expect([...locales.keys()].sort()).toEqual(expect.arrayContaining(['de', 'en', 'es', 'fr', 'ja', 'zh']));
  });

  it.each([...locales])('%s has every key of English, and no other', (_language, locale) => {
    expect(Object.keys(locale)).toEqual(Object.keys(english));
  });

  it.each([...locales])('%s uses the placeholders of English', (_language, locale) => {
    for (const [key, text] of Object.entries(locale)) {
      expect([key, placeholdersOf(text)]).toEqual([key, placeholdersOf(english[key] ?? '')]);
    }
  });

  it.each([...locales])('%s leaves no text empty', (_language, locale) => {
    expect(Object.values(locale).filter((text) => text.trim() === '')).toEqual([]);
  });

  it('hold what templates and client ask for, and nothing that nobody asks for', () => {
    const folder = new URL('../assets/client/', import.meta.url);
    const client = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const inTemplates = Object.values(templates).flatMap((source) => matches(source, /'([\w.]+)' \| t\b/g));
    const inClient = client.flatMap((source) => matches(source, /\bt\('(\w+)'/g));
    // A key may also be chosen by a condition or a rule before it is looked up.
    const chosen = client.flatMap((source) => matches(source, /'(\w+)'/g)).filter((key) => `client.${key}` in english);
    const asked = new Set([...inTemplates, ...[...inClient, ...chosen].map((key) => `client.${key}`)]);
    // Composed from data: the sort orders, the model types, the stages of a scan.
    const composed = (key: string) => /^(sort\.(?!label)|types\.|client\.stage_)/.test(key);

    expect([...asked].filter((key) => !(key in english))).toEqual([]);
    expect(Object.keys(english).filter((key) => !asked.has(key) && !composed(key))).toEqual([]);
  });
});

function matches(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].flatMap(([, ...groups]) => groups.filter((group) => group !== undefined));
}
