import { describe, expect, it } from 'vitest';
import { ItemFragments, listItemOf } from '../../src/catalog/item-fragments.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { builtInModelTypes, checkpoint, lora } from '../../src/model-types/built-in-model-types.js';
import { listItemSchema } from '../../src/shapes/list-item.js';
import { makeModel } from './make-model.js';

const variation = { basePath: '', usageCount: 0, versionCount: null };
const catalogWith = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots: [], nameDisplay: 'model_name' });

describe('list items', () => {
  const record = makeModel({
    file_path: '/m/日本 "x".safetensors',
    preview_url: "/m/it's (1)&.png",
    tags: ['</script>', '🎨'],
    notes: 'line\nbreak\u2028',
    civitai: {
      id: 1,
      modelId: 2,
      name: 'v1',
      trainedWords: ['w'],
      creator: { username: 'c' },
      model: { type: 'LoCon' },
    },
  });

  it.each(builtInModelTypes.map((type) => [type.name, type] as const))(
    'a joined item parses to the same data as listItemOf, and is ASCII: %s',
    (_name, type) => {
      const catalog = catalogWith();
      catalog.upsert([record]);
      const [found] = catalog.records();
      if (found === undefined) throw new Error('no record');
      const fragments = new ItemFragments(type, 1000);
      for (const basePath of ['', '/stüdio']) {
        const text = fragments.itemText(found, { ...variation, basePath });
        expect(JSON.parse(text)).toEqual(listItemOf(type, found, { ...variation, basePath }));
        expect(text).toMatch(/^[\0-\x7f]*$/);
        expect(listItemSchema.strict().parse(JSON.parse(text))).toBeTruthy();
      }
    },
  );

  it('carry the members of their type only', () => {
    const catalog = catalogWith();
    catalog.upsert([record]);
    const [found] = catalog.records();
    if (found === undefined) throw new Error('no record');
    const keys = builtInModelTypes.map((type) => Object.keys(listItemOf(type, found, variation)));
    expect(keys[0]).toContain('usage_tips');
    expect(keys[1]).not.toContain('usage_tips');
    expect(keys[1]).toContain('usage_count');
    expect(keys[2]).not.toContain('usage_count');
    expect(listItemOf(lora, found, variation)).toMatchObject({ sub_type: 'locon' });
    expect(listItemOf(checkpoint, found, variation)).toMatchObject({ sub_type: 'checkpoint' });
  });

  it('stay bounded in bytes and are never stale', () => {
    const catalog = catalogWith();
    const fragments = new ItemFragments(lora, 1);
    catalog.upsert([record]);
    const textOf = (): string => [...catalog.records()].map((each) => fragments.itemText(each, variation)).join();
    expect(textOf()).toContain('line\\nbreak');
    catalog.upsert([{ ...record, entry: { ...record.entry, notes: 'new' } }]);
    expect(textOf()).toContain('"notes":"new"');
  });
});
