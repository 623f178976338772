import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLibrary, safetensors, sidecar, temporaryFolder } from './temp-library.js';

type Sidecar = Record<string, unknown>;

let digits = 0;
const digest = (): string => (digits++).toString(16).padStart(64, '0');

/** Loras by path without extension, each with a sidecar of these members. */
async function openLoras(loras: Readonly<Record<string, Sidecar>>, settings: Record<string, unknown> = {}) {
  const settingsFile = join(await temporaryFolder(), 'settings.json');
  await writeFile(settingsFile, JSON.stringify(settings));
  const files = Object.entries(loras).flatMap(([path, members]) => [
    [`loras/${path}.safetensors`, safetensors({ path }, 4 * Number(members['tensors'] ?? 2))] as const,
    [`loras/${path}.metadata.json`, sidecar({ sha256: digest(), size: 100, ...members })] as const,
  ]);
  const { library, request } = await openLibrary(Object.fromEntries(files), { settingsFile, digests: false });
  await library.ready;
  const list = async (search: string) => {
    const response = await request(`/api/lm/loras/list?${search}&page_size=100`);
    return JSON.parse(await response.text());
  };
  const names = async (search: string): Promise<string> =>
    (await list(search)).items.map(({ file_name }: { file_name: string }) => file_name).join(' ');
  return { list, names };
}

const named = (model_name: string, more: Sidecar = {}): Sidecar => ({ model_name, ...more });

describe('a listing, as the wire format has it', () => {
  it('is sorted naturally, with ties, and backwards', async () => {
    const { names } = await openLoras({
      a: named('Alpha 10', { modified: 5, tensors: 2 }),
      b: named('alpha 2', { modified: 9, tensors: 8 }),
      c: named('1gamma', { modified: 5, tensors: 4 }),
      d: named('_dup', { modified: 7, tensors: 6 }),
      e10: named('same', { modified: 1, tensors: 10 }),
      e9: named('SAME', { modified: 1, tensors: 12 }),
    });
    expect(await names('')).toBe('c d b a e9 e10');
    expect(await names('sort_by=')).toBe('c d b a e9 e10');
    expect(await names('sort_by=%20NAME%20:%20DESC%20')).toBe('e10 e9 a b d c');
    expect(await names('sort_by=:desc')).toBe('e10 e9 a b d c');
    expect(await names('sort_by=name:backwards')).toBe('c d b a e9 e10');
    // Ties go by plain text, not by natural order.
    expect(await names('sort_by=date')).toBe('e10 e9 c a d b');
    expect(await names('sort_by=date:desc')).toBe('b d a c e9 e10');
    expect(await names('sort_by=size:desc')).toBe('e9 e10 b d c a');
    const shuffled = await names('sort_by=random');
    expect(await names('sort_by=random:asc')).toBe(shuffled);
    expect(await names('sort_by=random:DESC')).toBe(shuffled);
    expect(await names('sort_by=Random:Seed')).toBe(await names('sort_by=random:%20seed'));
    expect(shuffled.split(' ').sort()).toEqual(['a', 'b', 'c', 'd', 'e10', 'e9']);
  });

  it('is paged, and echoes what it clamped', async () => {
    const { list } = await openLoras({ a: {}, b: {}, c: {} });
    for (const [search, page, page_size, total_pages, shown] of [
      ['page=2&page_size=2', 2, 2, 2, 1],
      ['page=9&page_size=2', 9, 2, 2, 0],
      ['page=0&page_size=2', 1, 2, 2, 2],
      ['page=-1&page_size=-5', 1, 1, 3, 1],
      ['page_size=0', 1, 1, 3, 1],
      ['page_size=500', 1, 100, 1, 3],
      ['page=1&page=2', 1, 100, 1, 3],
    ] as const) {
      const { items, ...paging } = await list(search);
      expect([search, items.length, paging]).toEqual([
        search,
        shown,
        { success: true, total: 3, page, page_size, total_pages },
      ]);
    }
  });

  it('keeps folders by whole components', async () => {
    const { names } = await openLoras({ top: {}, 'char/one': {}, 'char/sub/two': {}, 'character/three': {} });
    const all = 'one top three two';
    const sorted = (text: string): string => text.split(' ').sort().join(' ');
    for (const [search, found] of [
      ['', all],
      ['folder=', all],
      ['folder=&recursive=true', all],
      ['folder=&recursive=false', 'top'],
      ['folder=char', 'one two'],
      ['folder=char&recursive=FALSE', 'one'],
      ['folder=char&recursive=1', 'one'],
      ['folder=char/', ''],
      ['folder=CHAR', ''],
      ['folder_include=char/&folder_include=%20', 'one two'],
      ['folder_include=char&folder_include=character&recursive=false', 'one three'],
      ['folder_include=', ''],
      ['folder=char&folder_include=char/sub', 'two'],
      ['folder_exclude=char&recursive=false', 'top three'],
      ['folder_exclude=char/sub/&folder_exclude=', 'top one two three'],
      ['folder_exclude=char/', 'top one three'],
    ] as const) {
      expect([search, sorted(await names(search))]).toEqual([search, sorted(found)]);
    }
  });

  it('is searched', async () => {
    const { names } = await openLoras({
      x1: named('Gamma Two', { tags: ['Ink Wash'], civitai: { id: 1, modelId: 1, creator: { username: 'Ann Lee' } } }),
      'alpha beta': named('other'),
      x3: named('ÉCLAIR 漢字'),
    });
    for (const [search, found] of [
      ['search=gamma', 'x1'],
      ['search=gama', ''],
      ['search=gama&fuzzy_search=true', 'x1'],
      ['search=two%20gamma', ''],
      ['search=two%20gamma&fuzzy=true', 'x1'],
      ['search=al%20be', ''],
      ['search=al%20be&fuzzy_search=TRUE', 'alpha beta'],
      ['search=alpah&fuzzy_search=true', ''],
      ['search=gamma%20', 'x1'],
      ['search=%20gamma', ''],
      ['search=ink%20wash', ''],
      ['search=ink%20wash&search_tags=True', 'x1'],
      ['search=ann&search_creator=true', 'x1'],
      ['search=ann&search_creator=1', ''],
      ['search=x1&search_filename=false', ''],
      ['search=gamma&search_modelname=no', ''],
      ['search=%C3%A9clair', 'x3'],
      ['search=%E6%BC%A2', 'x3'],
      ['search=gamma&search=other', 'x1'],
      ['search=gamma&search_filename=no&search_modelname=no', ''],
    ] as const) {
      expect([search, await names(search)]).toEqual([search, found]);
    }
    expect((await names('search=')).split(' ')).toHaveLength(4);
    expect((await names('search=%20%20&fuzzy_search=true')).split(' ')).toHaveLength(4);
  });

  it('is narrowed by tags', async () => {
    const { names } = await openLoras({ a: { tags: ['Style', ' ink '] }, b: { tags: ['style'] }, c: { tags: [] } });
    for (const [search, found] of [
      ['tag_include=STYLE', 'a b'],
      ['tag_include=INK&tag_include=style', 'a b'],
      ['tag_include=ink&tag_include=style&tag_logic=ALL', 'a'],
      ['tag_include=ink&tag_include=style&tag_logic=every', 'a b'],
      ['tag_include=__no_tags__', 'c'],
      ['tag_include=__no_tags__&tag_logic=all', 'c'],
      ['tag_include=__no_tags__&tag_include=ink', 'a c'],
      ['tag_include=__no_tags__&tag_include=ink&tag_include=style&tag_logic=all', 'a c'],
      ['tag_exclude=ink', 'b c'],
      ['tag_exclude=__no_tags__', 'a b'],
      ['tag_include=style&tag_exclude=style', 'c'],
      ['tag_include=&tag_exclude=%20', 'a b c'],
      ['tags=ink,%20style%20,,', 'a b'],
      ['tags=ink,style&tag_logic=all', 'a'],
      ['tag=style&tags=ink', 'a b'],
    ] as const) {
      expect([search, await names(search)]).toEqual([search, found]);
    }
  });

  it('is narrowed by auto tags, letters and name patterns', async () => {
    const wan = 'Wan Video 2.2';
    const { names } = await openLoras({
      a_HighNoise: named('ßeta', { base_model: wan }),
      b_flow_i2v: named('Émile', { base_model: wan }),
      c_high: named('漢', { base_model: 'SDXL' }),
      d_x: named('9 lives', { civitai: { id: 1, modelId: 1, name: 'v1-Lightning' } }),
      e_turbocharged: named('!odd', { tags: ['ti2V'] }),
      f_lowest_LOW: named('zeta', { base_model: wan }),
    });
    for (const [search, found] of [
      ['auto_tag_include=HIGH', 'a_HighNoise'],
      ['auto_tag_include=LOW', 'f_lowest_LOW'],
      ['auto_tag_include=I2V', 'b_flow_i2v'],
      ['auto_tag_include=i2v', ''],
      ['auto_tag_include=Lightning', 'd_x'],
      ['auto_tag_include=Turbo', ''],
      ['auto_tag_include=TI2V&auto_tag_include=LOW', 'e_turbocharged f_lowest_LOW'],
      ['auto_tag_include=LOW&auto_tag_exclude=LOW', ''],
      ['first_letter=%23', 'd_x'],
      ['first_letter=%40', 'e_turbocharged'],
      ['first_letter=%E6%BC%A2', 'c_high'],
      ['first_letter=%C3%A9', 'b_flow_i2v'],
      ['first_letter=Z', 'f_lowest_LOW'],
      ['first_letter=%C3%9F', 'a_HighNoise'],
      ['name_pattern_include=ZETA', 'f_lowest_LOW'],
      ['name_pattern_include=_X&name_pattern_include=zeta', 'd_x f_lowest_LOW'],
      ['name_pattern_include=_&name_pattern_exclude=o', 'c_high d_x'],
      ['name_pattern_include=^z&name_pattern_use_regex=true', 'f_lowest_LOW'],
      ['name_pattern_include=(&name_pattern_use_regex=true', ''],
      ['name_pattern_include=^z', ''],
    ] as const) {
      expect([search, (await names(search)).split(' ').sort().join(' ')]).toEqual([search, found]);
    }
  });

  it('is grouped, before it is filtered', async () => {
    const version = (id: number | undefined, modelId: number, more: Sidecar = {}): Sidecar => ({
      civitai: { ...(id === undefined ? {} : { id }), modelId },
      ...more,
    });
    const loras = {
      a: named('a', version(11, 1, { tags: ['old'] })),
      b: named('b', version(13, 1)),
      c: named('c', version(12, 1, { base_model: 'Pony' })),
      d: named('d', version(21, 2)),
      e: named('e'),
      f: named('f', { hf_url: 'https://huggingface.co/own/repo/resolve/main/x.safetensors', modified: 10 }),
      g: named('g', { hf_url: 'http://huggingface.co/own/repo', modified: 20 }),
    };
    const same = await openLoras(loras);
    const counts = async ({ list }: typeof same, search: string): Promise<string> =>
      (await list(search)).items
        .map(({ file_name, version_count }: Record<string, unknown>) => `${String(file_name)}${String(version_count)}`)
        .join(' ');
    expect(await counts(same, 'group_by_model=true')).toBe('b2 c1 d1 g2 enull');
    expect(await counts(same, 'group_by_model=true&tag=old')).toBe('');
    expect(await counts(same, 'group_by_model=true&sort_by=name:desc')).toBe('g2 d1 c1 b2 enull');
    expect(await counts(same, 'civitai_model_id=1')).toBe('bnull cnull anull');
    expect(await counts(same, 'civitai_model_id=1&group_by_model=true&sort_by=name')).toBe('bnull cnull anull');
    expect(await counts(same, 'civitai_model_id=hf:own/repo')).toBe('gnull fnull');
    expect(await counts(same, 'civitai_model_id=1&base_model=Pony')).toBe('cnull');
    expect(await counts(same, 'group_by_model=true&sort_by=versions_count:desc')).toBe('g2 b2 d1 c1 enull');
    expect(await counts(same, 'group_by_model=true&sort_by=versions_count')).toBe('enull c1 d1 b2 g2');
    const model = await openLoras(loras, { version_grouping: 'model' });
    expect(await counts(model, 'group_by_model=true')).toBe('b3 d1 g2 enull');
    expect(await counts(model, 'sort_by=versions_count:desc')).toBe('bnull cnull anull gnull fnull dnull enull');
  });

  it('knows what may be shown, what licences say, and the name that is displayed', async () => {
    const remote = (model: Sidecar): Sidecar => ({ civitai: { id: 1, modelId: 1, model } });
    const loras = {
      z: named('a', { preview_nsfw_level: 2, ...remote({ allowNoCredit: false, allowCommercialUse: '{Image,Rent}' }) }),
      y: named('b', { preview_nsfw_level: 4, ...remote({ allowCommercialUse: [] }) }),
      x: named('c', { preview_nsfw_level: 0 }),
    };
    const { names } = await openLoras(loras);
    expect(await names('credit_required=true')).toBe('z');
    expect(await names('credit_required=yes')).toBe('z');
    expect(await names('credit_required=')).toBe('y');
    expect(await names('credit_required=False')).toBe('y');
    expect(await names('allow_selling_generated_content=1')).toBe('z');
    expect(await names('allow_selling_generated_content=0')).toBe('y');
    const safe = await openLoras(loras, { show_only_sfw: true, model_name_display: 'file_name' });
    expect(await safe.names('')).toBe('x z');
    expect(await names('')).toBe('z y x');
  });
});
