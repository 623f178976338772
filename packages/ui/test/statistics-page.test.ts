import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { modelPages } from '../src/index.js';
import { pageDataOf, pageInputs, statisticsInputs } from './page-inputs.js';

const render = (...[changes]: Parameters<typeof statisticsInputs>) =>
  modelPages().renderStatisticsPage(statisticsInputs(changes));

describe('the page of the statistics', () => {
  it('shows the numbers when every type is ready', async () => {
    const html = await render();
    expect(html).toContain('<title>Statistics · Modelshelf</title>');
    for (const id of ['counters', 'insights', 'timeline', 'base-models', 'tags', 'used', 'largest']) {
      expect(html).toContain(`id="${id}"`);
    }
    for (const id of ['search', 'grid', 'progress-panel']) expect(html).not.toContain(`id="${id}"`);
    expect(pageDataOf(html)).toMatchObject({
      isInitializing: false,
      types: [
        { prefix: 'loras', label: 'LoRAs' },
        { prefix: 'checkpoints', label: 'Checkpoints' },
        { prefix: 'embeddings', label: 'Embeddings' },
      ],
    });
    // What tells the script that this is no page of a model type.
    expect(pageDataOf(html)).not.toHaveProperty('prefix');
  });

  it('shows progress instead while any type is read for the first time', async () => {
    const html = await render({ is_initializing: true });
    expect(html).toContain('id="progress-panel"');
    expect(html).toContain('<h1 id="progress-title">Reading your library</h1>');
    expect(html).not.toContain('id="counters"');
    expect(pageDataOf(html)).toMatchObject({ isInitializing: true });
  });

  it('is linked from every page below the base path, and is the current one only itself', async () => {
    const statistics = await render({ base_path: '/studio/ai', prefixes: ['loras', 'vae'] });
    const links = [...statistics.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.filter((link) => !link?.startsWith('#') && !link?.startsWith('data:'))).toEqual([
      '/studio/ai/loras',
      '/studio/ai/vae',
      '/studio/ai/statistics',
    ]);
    expect(statistics.match(/ aria-current="page"/g)).toHaveLength(1);
    expect(statistics).toContain('href="/studio/ai/statistics" aria-current="page"');
    expect(pageDataOf(statistics)).toMatchObject({ basePath: '/studio/ai' });

    const models = await modelPages().renderModelPage(pageInputs());
    expect(models).toContain('<a class="tab" href="/statistics">Statistics</a>');
  });

  it.each(['en', 'de', 'fr', 'es', 'ja', 'zh'])(
    'speaks %s, with the script and styles of every page',
    async (language) => {
      const pages = modelPages();
      const html = await pages.renderStatisticsPage(statisticsInputs({ language }));
      expect(html).toContain(`<html lang="${language}">`);
      expect(html).not.toMatch(/>(?:statistics|page|client)\.\w+</);
      const hashOf = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
      expect(hashOf(/<script type="module">(.*?)<\/script>/s.exec(html)?.[1])).toBe(pages.cspSources.script);
      expect(hashOf(/<style>(.*?)<\/style>/s.exec(html)?.[1])).toBe(pages.cspSources.style);
      // Hashes do not cover attributes.
      expect(html).not.toMatch(/<[^>]*\s(?:style|on\w+)=/);
    },
  );

  it('keeps hostile prefixes and paths text', async () => {
    const hostile = ['"><img src=x onerror=alert(1)>', '</script><script>alert(3)</script>', '{{ page_data | raw }}'];
    const elementsOf = (html: string) => [...html.matchAll(/<([a-z!][\w-]*)/gi)].map(([, tag]) => tag).join(' ');
    const plain = await render({ prefixes: ['plain'] });
    for (const name of hostile) {
      const html = await render({ prefixes: [name], base_path: `/${name}`, path: name, version: name });
      expect(elementsOf(html)).toBe(elementsOf(plain));
      expect(pageDataOf(html)).toMatchObject({ basePath: `/${name}`, types: [{ prefix: name }] });
    }
  });
});
