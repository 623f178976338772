import { readdirSync, readFileSync } from 'node:fs';
import { linkModules } from './link-modules.js';
import type { Locale, Locales } from './translator.js';

/** Everything a page is made of besides its inputs. */
export interface PageAssets {
  /** Template name, such as `model-page.liquid`, to its source. */
  readonly templates: Readonly<Record<string, string>>;
  /** All style sheets, one after the other in the order of their names. */
  readonly styles: string;
  /** The client script as one module. */
  readonly script: string;
  readonly locales: Locales;
}

const assetFolder = new URL('../assets/', import.meta.url);

/** Reads the asset folder of this package. */
export function readPageAssets(): PageAssets {
  return {
    templates: Object.fromEntries(readFolder('templates', '.liquid')),
    styles: [...readFolder('styles', '.css').values()].join('\n'),
    script: linkModules(readFolder('client', '.js'), 'start.js'),
    locales: new Map([...readFolder('locales', '.json')].map(([file, text]) => [file.slice(0, -5), toLocale(text)])),
  };
}

function readFolder(name: string, extension: string): Map<string, string> {
  const folder = new URL(`${name}/`, assetFolder);
  const files = readdirSync(folder).filter((file) => file.endsWith(extension));
  return new Map(files.sort().map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]));
}

function toLocale(text: string): Locale {
  const locale: unknown = JSON.parse(text);
  if (typeof locale !== 'object' || locale === null) throw new TypeError('a locale is an object of texts');
  return Object.fromEntries(Object.entries(locale).map(([key, value]) => [key, String(value)]));
}
