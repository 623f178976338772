import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  folderBelow,
  pathOfTemplate,
  type PathRules,
  type TemplateModel,
} from '../../../src/services/organise/path-template.js';
import {
  parsePriorityTags,
  priorityTagOf,
  DEFAULT_PRIORITY_TAGS,
} from '../../../src/services/organise/priority-tags.js';
import { sanitizeName } from '../../../src/services/organise/sanitize-name.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const model = (values: Partial<TemplateModel> = {}): TemplateModel => ({
  model_name: 'Ink',
  base_model: 'SDXL 1.0',
  tags: [],
  civitai: null,
  ...values,
});

const rules = (values: Partial<PathRules> = {}): PathRules => ({
  template: '{base_model}/{first_tag}',
  baseModelPathMappings: {},
  priorityTags: parsePriorityTags(DEFAULT_PRIORITY_TAGS),
  spacesToUnderscores: false,
  ...values,
});

const versionOf = (creator?: string, name?: string): TemplateModel['civitai'] => ({
  id: 1,
  ...(creator !== undefined && { creator: { username: creator } }),
  ...(name !== undefined && { name }),
});

describe('pathOfTemplate', () => {
  it('maps the base model and fills in tag and author', () => {
    const path = pathOfTemplate(
      model({ base_model: 'SDXL', civitai: versionOf('Creator') }),
      rules({ template: '{base_model}/{first_tag}/{author}', baseModelPathMappings: { SDXL: 'SDXL-mapped' } }),
    );
    expect(path).toBe('SDXL-mapped/no tags/Creator');
  });

  it('writes underscores for spaces in the paths of embeddings', () => {
    const values = model({ base_model: 'Base Model', tags: ['tag with space'] });
    expect(pathOfTemplate(values, rules({ spacesToUnderscores: true }))).toBe('Base_Model/tag_with_space');
  });

  it('leaves out an empty base model', () => {
    expect(pathOfTemplate(model({ base_model: '' }), rules())).toBe('no tags');
  });

  it('sanitises the names of model and version', () => {
    const values = model({ model_name: 'Fancy:Model*', civitai: versionOf(undefined, 'Version:One?') });
    expect(pathOfTemplate(values, rules({ template: '{model_name}/{version_name}' }))).toBe('Fancy_Model/Version_One');
  });

  it('says Anonymous for a model without a remote version, and for one without an author', () => {
    const template = rules({ template: '{author}' });
    expect(pathOfTemplate(model(), template)).toBe('Anonymous');
    expect(pathOfTemplate(model({ civitai: { creator: { username: 'Me' } } }), template)).toBe('Anonymous');
    expect(pathOfTemplate(model({ civitai: versionOf('') }), template)).toBe('Anonymous');
    expect(pathOfTemplate(model({ civitai: versionOf('Me') }), template)).toBe('Me');
  });

  it('keeps unknown placeholders, and fills in every occurrence of a known one', () => {
    expect(pathOfTemplate(model(), rules({ template: '/{x}//{base_model} {base_model}/' }))).toBe(
      '{x}/SDXL 1.0 SDXL 1.0',
    );
  });

  it('W-W2: values lead neither upwards nor elsewhere, and are not expanded again', () => {
    const evil = model({
      base_model: '../../x/../../etc',
      tags: ['..', '{author}'],
      civitai: versionOf('..\\..\\{model_name}'),
    });
    const template = '{base_model}/{first_tag}/{author}/../..';
    expect(pathOfTemplate(evil, rules({ template }))).toBe('x/etc/{model_name}');
    expect(pathOfTemplate(model({ tags: ['{author}'] }), rules({ template: '{first_tag}' }))).toBe('{author}');
    const mapped = rules({ baseModelPathMappings: { 'SDXL 1.0': '../XL/a:b' } });
    expect(pathOfTemplate(model(), mapped)).toBe('XL/a_b/no tags');
    expect(pathOfTemplate(model({ base_model: 'constructor' }), rules())).toBe('constructor/no tags');
  });

  it('W-W2: the result never leaves the root, whatever the values', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '../',
        '..\\',
        ' ..',
        '.. ',
        '...',
        '{author}',
        '{first_tag}',
        'a',
        '\0',
        'C:',
      ),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, text, text, text, fc.array(text, { maxLength: 3 }), text, fc.boolean(), (...values) => {
        const [name, base, mapping, author, version, tags, literal, spacesToUnderscores] = values;
        const template = `${literal}{base_model}/{first_tag}${literal}/{author}/{model_name}{version_name}${literal}`;
        const path = pathOfTemplate(
          model({ model_name: name, base_model: base, tags, civitai: versionOf(author, version) }),
          rules({ template, baseModelPathMappings: mapping === '' ? {} : { [base]: mapping }, spacesToUnderscores }),
        );
        const folder = folderBelow('/shelf', path);
        expect(resolve(folder)).toBe(folder);
        expect(`${folder}/`.startsWith('/shelf/')).toBe(true);
        expect(path.split(/[/\\]/)).not.toContain('..');
        // eslint-disable-next-line no-control-regex
        expect(path).not.toMatch(/[\u0000-\u001f]/);
      }),
      { numRuns: runs },
    );
  });

  it('asserts its result', () => {
    expect(folderBelow('/shelf', '')).toBe('/shelf');
    for (const path of ['../x', '/x', 'a/../b', 'a/./b', 'a//b', 'a/..']) {
      expect(() => folderBelow('/shelf', path), path).toThrow(expect.objectContaining({ code: 'path_outside_roots' }));
    }
  });
});

describe('sanitizeName', () => {
  it.each([
    ['a/b', 'a_b'],
    ['..', 'unnamed'],
    ['.hid', '.hid'],
    ['a__b', 'a_b'],
    ['_a_', 'a'],
    ['Trailing. ', 'Trailing'],
    [':::', 'unnamed'],
    ['x...y', 'x...y'],
    ['', ''],
    ['  ', 'unnamed'],
    ['a\u0007b', 'a_b'],
    ['con', 'con_'],
    ['AUX.v2', 'AUX_.v2'],
    ['contrast', 'contrast'],
  ])('makes %j %j', (name, sanitised) => {
    expect(sanitizeName(name)).toBe(sanitised);
  });

  it('changes nothing the second time, and leaves no separator', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ ._]*(con|aux|lpt1)[ ._]*x?$/)),
        (name) => {
          const once = sanitizeName(name);
          expect(sanitizeName(once)).toBe(once);
          expect(once).not.toMatch(/[/\\]/);
          expect(['.', '..']).not.toContain(once);
          expect(once === '').toBe(name === '');
        },
      ),
      { numRuns: runs },
    );
  });
});

describe('priority tags', () => {
  const resolved = (text: string, tags: readonly string[]): string => priorityTagOf(tags, parsePriorityTags(text));

  it('answers the canonical of the first entry that means a tag, else the first tag', () => {
    const text = 'Real(realism|photo), anime';
    expect(resolved(text, ['anime', 'photo'])).toBe('Real');
    expect(resolved(text, ['ANIME'])).toBe('anime');
    expect(resolved(text, ['real'])).toBe('Real');
    expect(resolved(text, ['Q', 'r'])).toBe('q');
    expect(resolved(text, ['', 'r'])).toBe('r');
    expect(resolved(text, [])).toBe('');
  });

  it('reads entries between commas and newlines, each canonical once', () => {
    const names = (text: string): string[] => parsePriorityTags(text).map(({ canonical }) => canonical);
    expect(names(' a ,\n b(c | d)\n,A, , e')).toEqual(['a', 'b', 'e']);
    expect(names('bad(oops')).toEqual(['badoops']);
    expect([...(parsePriorityTags(' b ( c | d | ) ')[0]?.aliases ?? [])]).toEqual(['b', 'c', 'd']);
    expect(parsePriorityTags(DEFAULT_PRIORITY_TAGS)).toHaveLength(17);
  });
});
