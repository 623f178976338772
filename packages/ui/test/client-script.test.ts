import { describe, expect, it, vi } from 'vitest';
import { linkModules } from '../src/link-modules.js';
import { readPageAssets } from '../src/page-assets.js';

const clientModule = (file: string) => import(new URL(`../assets/client/${file}`, import.meta.url).href);

describe('linkModules', () => {
  it('puts every module before those that import it, once', () => {
    const modules = new Map([
      ['start.js', "import { a } from './a.js';\nimport { b } from './b.js';\na(b);\n"],
      ['a.js', "import { b } from './b.js';\nexport function a() { return b; }\n"],
      ['b.js', 'export const b = 1;\n'],
    ]);
    expect(linkModules(modules, 'start.js')).toBe('const b = 1;\n\nfunction a() { return b; }\n\na(b);\n');
  });

  it('refuses a circle and a missing module', () => {
    const circle = new Map([
      ['a.js', "import { b } from './b.js';\n"],
      ['b.js', "import { a } from './a.js';\n"],
    ]);
    expect(() => linkModules(circle, 'a.js')).toThrow('circle');
    expect(() => linkModules(circle, 'c.js')).toThrow('does not exist');
  });
});

describe('the client script', () => {
  const { script, styles } = readPageAssets();

  it('is one script without imports, exports or names declared twice', () => {
    expect(script).not.toMatch(/^\s*(import|export)\b/m);
    // Throws where the script does not parse.
    expect(() => new Function(`'use strict'; ${script}`)).not.toThrow();
    const names = [...script.matchAll(/^(?:async )?(?:function|const|let|class) (\w+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('and the styles hold nothing that ends their element early', () => {
    expect(script).not.toMatch(/<\/script|<!--/i);
    expect(styles).not.toMatch(/<\/style/i);
  });

  it('makes no markup out of text', () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/);
  });
});

describe('client modules', () => {
  it('write sizes and counts as a person does', async () => {
    const { formatCount, formatSize } = await clientModule('format.js');
    const { createTexts } = await clientModule('texts.js');
    expect(formatSize(0, 'en')).toBe('0 bytes');
    expect(formatSize(1536, 'en')).toBe('1.5 kB');
    expect(formatSize(6.46 * 1024 ** 3, 'en')).toBe('6.5 GB');
    expect(formatSize(144 * 1024 ** 2, 'de')).toBe('144 MB');
    const t = createTexts({ count_one: '{count} model', count_other: '{count} models' });
    expect(formatCount(1, 'en', t)).toBe('1 model');
    expect(formatCount(12345, 'en', t)).toBe('12,345 models');
  });

  it('show what a sidecar says, whatever it says', async () => {
    const { formatDate, plainText } = await clientModule('format.js');
    expect(formatDate(1_700_000_000, 'en')).toContain('2023');
    expect(formatDate(1e300, 'en')).toBe('');
    class FakeParser {
      parseFromString(text: string) {
        return { querySelectorAll: () => [], body: { textContent: text } };
      }
    }
    vi.stubGlobal('DOMParser', FakeParser);
    expect(plainText('<p>one</p>two<br class="x">three')).toBe('<p>one</p>\ntwo<br class="x">\nthree');
    // Takes minutes where the time grows with the square of the length.
    expect(plainText('<br '.repeat(200_000))).toHaveLength(4 * 200_000 - 1);
    vi.unstubAllGlobals();
  });

  it('tell a video by the file that a preview address names', async () => {
    const { isVideo } = await clientModule('picture.js');
    expect(isVideo('/api/lm/previews?path=%2Fmodels%2Fa.preview.mp4')).toBe(true);
    expect(isVideo('/studio/api/lm/previews?path=%2Fmodels%2Fa.WEBM&v=3')).toBe(true);
    expect(isVideo('/api/lm/previews?path=%2Fmodels.mp4%2Fa.png')).toBe(false);
  });

  it('draw the same gradient for the same model and different ones for different models', async () => {
    const { gradientOf } = await clientModule('picture.js');
    expect(gradientOf('/a')).toBe(gradientOf('/a'));
    const seeds = Array.from({ length: 100 }, (_, index) => gradientOf(`/models/${String(index)}.safetensors`));
    expect(new Set(seeds).size).toBeGreaterThan(95);
  });

  it('fall back to the other name of a model', async () => {
    const { modelNameOf } = await clientModule('model-name.js');
    expect(modelNameOf({ model_name: 'Ink', file_name: 'ink_v2' }, 'model_name')).toBe('Ink');
    expect(modelNameOf({ model_name: 'Ink', file_name: 'ink_v2' }, 'file_name')).toBe('ink_v2');
    expect(modelNameOf({ model_name: '', file_name: 'ink_v2' }, 'model_name')).toBe('ink_v2');
  });
});
