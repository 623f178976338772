import { createHash } from 'node:crypto';
import { Liquid } from 'liquidjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cspSourcesOf } from '../src/csp-sources.js';
import { modelPages } from '../src/index.js';
import { pageDataOf, pageInputs, statisticsInputs } from './page-inputs.js';

afterEach(() => vi.restoreAllMocks());

describe('the translation filter', () => {
  const sentence =
    'Rendering the page N times on one template environment registers the translation filter exactly once; ' +
    'two environments register it once each.';

  it(`I5: ${sentence}`, async () => {
    const registerFilter = vi.spyOn(Liquid.prototype, 'registerFilter');
    const environmentsWithT = () =>
      registerFilter.mock.calls.flatMap(([name], call) => (name === 't' ? [registerFilter.mock.contexts[call]] : []));

    const first = modelPages();
    for (let render = 0; render < 5; render += 1) {
      await first.renderModelPage(pageInputs());
      await first.renderStatisticsPage(statisticsInputs());
    }
    expect(environmentsWithT()).toHaveLength(1);

    const second = modelPages();
    await Promise.all([1, 2, 3].map(() => second.renderModelPage(pageInputs())));
    await first.renderModelPage(pageInputs());
    expect(environmentsWithT()).toHaveLength(2);
    expect(new Set(environmentsWithT()).size).toBe(2);
  });
});

describe('the language of a page', () => {
  it('R-W35: is the one of its own render, whatever else is rendered at the same time', async () => {
    const pages = modelPages();
    const languages = ['de', 'fr', 'en', 'es', 'ja', 'zh', 'de', 'en'];
    const alone = new Map<string, string>();
    for (const language of languages) alone.set(language, await modelPages().renderModelPage(pageInputs({ language })));

    const together = await Promise.all(languages.map((language) => pages.renderModelPage(pageInputs({ language }))));

    expect(together).toEqual(languages.map((language) => alone.get(language)));
    expect(new Set(together).size).toBe(6);
    expect(together[0]).toContain('<html lang="de">');
    expect(together[0]).toContain('Alle Ordner');
  });

  it('R-W35: version information comes from the inputs, so that nothing is read per request', async () => {
    expect(await modelPages().renderModelPage(pageInputs({ version: '7.8.9' }))).toContain('Modelshelf 7.8.9');
  });

  it('falls back to the language without its region, then to English', async () => {
    const pages = modelPages();
    expect(await pages.renderModelPage(pageInputs({ language: 'zh-CN' }))).toContain('<html lang="zh">');
    const english = await pages.renderModelPage(pageInputs({ language: 'en' }));
    for (const language of ['tlh', '', '../en', 'constructor', '__proto__']) {
      expect(await pages.renderModelPage(pageInputs({ language }))).toBe(english);
    }
  });

  it('may be one of the host, with English for what it does not say', async () => {
    const pages = modelPages({
      locales: { it: { 'folder.all': 'Tutte le cartelle' }, de: { 'types.loras': 'Loras!' } },
    });
    const italian = await pages.renderModelPage(pageInputs({ language: 'it' }));
    expect(italian).toContain('<html lang="it">');
    expect(italian).toContain('Tutte le cartelle');
    expect(italian).toContain('All base models');
    const german = await pages.renderModelPage(pageInputs({ language: 'de' }));
    expect(german).toContain('Loras!');
    expect(german).toContain('Alle Ordner');
  });
});

describe('the sources for a content security policy', () => {
  const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const variants = ['en', 'de', 'fr', 'es', 'ja', 'zh', 'it'].flatMap((language) =>
    [true, false].map((isInitializing) => ({ language, isInitializing })),
  );

  it.each(variants)('are the hashes of what is rendered: %j', async ({ language, isInitializing }) => {
    const pages = modelPages({ locales: { it: { 'folder.all': 'Tutte le cartelle' } } });
    const html = await pages.renderModelPage(pageInputs({ language, is_initializing: isInitializing }));
    const scripts = [...html.matchAll(/<script type="module">(.*?)<\/script>/gs)].map(([, text = '']) => hashOf(text));
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, text = '']) => hashOf(text));
    expect({ scripts, styles }).toEqual({ scripts: [pages.cspSources.script], styles: [pages.cspSources.style] });
    // Hashes do not cover attributes.
    expect(html).not.toMatch(/<[^>]*\s(?:style|on\w+)=/);
    expect(html.match(/<script/g)).toHaveLength(2);
  });

  it('do not depend on the line breaks of a checkout', () => {
    const unix = cspSourcesOf({ script: 'a\nb', styles: 'c\nd' });
    expect(cspSourcesOf({ script: 'a\r\nb', styles: 'c\rd' })).toEqual(unix);
  });
});

describe('a page', () => {
  it('is the same document for the same inputs', async () => {
    expect(await modelPages().renderModelPage(pageInputs())).toBe(await modelPages().renderModelPage(pageInputs()));
  });

  it('lists when the library is ready', async () => {
    const html = await modelPages().renderModelPage(pageInputs());
    expect(html).toContain('id="grid"');
    expect(html).toContain('id="search"');
    expect(html).not.toContain('id="progress-panel"');
    expect(pageDataOf(html)).toMatchObject({ isInitializing: false, prefix: 'loras', pageSize: 60 });
  });

  it('shows progress instead while the first scan runs', async () => {
    const html = await modelPages().renderModelPage(pageInputs({ is_initializing: true, folders: [] }));
    expect(html).toContain('id="progress-panel"');
    expect(html).not.toContain('id="grid"');
    expect(html).not.toContain('id="search"');
    expect(pageDataOf(html)).toMatchObject({ isInitializing: true });
  });

  it('begins every link and every call with the base path', async () => {
    const html = await modelPages().renderModelPage(pageInputs({ base_path: '/studio/ai', prefix: 'checkpoints' }));
    const links = [...html.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.filter((link) => !link?.startsWith('#') && !link?.startsWith('data:'))).toEqual([
      '/studio/ai/loras',
      '/studio/ai/checkpoints',
      '/studio/ai/embeddings',
      '/studio/ai/statistics',
    ]);
    expect(html).toContain('href="/studio/ai/checkpoints" aria-current="page"');
    expect(pageDataOf(html)).toMatchObject({ basePath: '/studio/ai', prefix: 'checkpoints' });
    // The script has no address of its own.
    expect(html).not.toMatch(/['"`]\/api\//);
  });

  it('names a model type that has no translation after its prefix', async () => {
    const html = await modelPages().renderModelPage(pageInputs({ prefix: 'vae', prefixes: ['loras', 'vae'] }));
    expect(html).toContain('<title>Vae · Modelshelf</title>');
    expect(html).toContain('href="/vae" aria-current="page">Vae</a>');
  });

  it('offers folders as a tree, with parents that hold no model themselves', async () => {
    const folders = ['', 'b', 'a/deep/er', 'a-z', 'A/x'];
    const html = await modelPages().renderModelPage(pageInputs({ folders }));
    const values = [...html.matchAll(/<option value="([^"]*)">/g)].map(([, value]) => value);
    expect(values.slice(0, values.indexOf('b') + 1)).toEqual([
      '',
      '/',
      'A',
      'A/x',
      'a',
      'a/deep',
      'a/deep/er',
      'a-z',
      'b',
    ]);
  });
});

describe('hostile names', () => {
  const hostile = [
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(2)>",
    '</script><script>alert(3)</script>',
    '<!--<script>',
    '{{ page_data | raw }}',
    '{% include "model-page.liquid" %}',
    '$& $1 $`',
  ];

  it('in folders, prefixes, paths and settings stay text', async () => {
    const pages = modelPages();
    const plain = await pages.renderModelPage(pageInputs({ folders: ['plain'], prefix: 'plain', prefixes: ['plain'] }));
    const elementsOf = (html: string) => [...html.matchAll(/<([a-z!][\w-]*)/gi)].map(([, tag]) => tag).join(' ');
    for (const name of hostile) {
      const folder = name.replaceAll('/', '\u2215');
      const html = await pages.renderModelPage(
        pageInputs({
          folders: [folder],
          prefix: name,
          prefixes: [name],
          base_path: `/${name}`,
          path: name,
          version: name,
        }),
      );
      expect(elementsOf(html)).toBe(elementsOf(plain));
      expect(pageDataOf(html)).toMatchObject({ prefix: name, basePath: `/${name}` });
    }
  });

  it('in a locale of the host stay text', async () => {
    for (const name of hostile) {
      const pages = modelPages({ locales: { xx: { 'folder.all': name, 'client.empty_title': name } } });
      const html = await pages.renderModelPage(pageInputs({ language: 'xx' }));
      expect(html).not.toMatch(/<img|<svg onload|alert\(3\)<\/script>/);
      expect(pageDataOf(html).texts['empty_title']).toBe(name);
    }
  });
});
