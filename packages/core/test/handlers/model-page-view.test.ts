import { expect, it } from 'vitest';
import { ModelPageView } from '../../src/handlers/model-page-view.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { Call } from '../../src/ports/call.js';
import type { PageInputs } from '../../src/ports/page-renderer.js';
import { SettingsManager } from '../../src/services/settings/settings-manager.js';

const call: Call = {
  signal: new AbortController().signal,
  basePath: '/studio',
  path: '/loras',
  principal: undefined,
  lastEventId: undefined,
  parts: () => {
    throw new Error('a page has no parts');
  },
};

function pageOver(folders: () => readonly string[]) {
  const scans = { isInitializing: true };
  const renderer = {
    renderModelPage: async (inputs: PageInputs) => JSON.stringify(inputs),
    renderStatisticsPage: async () => '',
  };
  const view = new ModelPageView(
    { modelType: lora, settings: new SettingsManager({}), catalog: { folders }, scans },
    { renderer, prefixes: ['loras'], version: '1.2.3' },
  );
  const inputs = async () => {
    const { kind, body } = await view.handleModelsPage(undefined, call);
    expect(kind).toBe('html');
    return JSON.parse(body);
  };
  return { scans, inputs };
}

it("I4: With a cold cache (no cache, or initialising flag set) the page renders with `is_initializing` true and an empty folder list; after start-up completes it renders with false and the cache's folder list.", async () => {
  const { scans, inputs } = pageOver(() => ['', 'styles']);
  const common = { prefix: 'loras', base_path: '/studio', path: '/loras', version: '1.2.3' };
  expect(await inputs()).toMatchObject({ ...common, is_initializing: true, folders: [] });
  scans.isInitializing = false;
  expect(await inputs()).toMatchObject({ ...common, is_initializing: false, folders: ['', 'styles'] });
  scans.isInitializing = true;
  expect(await inputs()).toMatchObject({ is_initializing: true, folders: [] });
});

it('I6: If reading the cache throws while rendering, the page still answers 200 with `is_initializing` true.', async () => {
  const { scans, inputs } = pageOver(() => {
    throw new Error('the cache is broken');
  });
  scans.isInitializing = false;
  expect(await inputs()).toMatchObject({ is_initializing: true, folders: [] });
});
