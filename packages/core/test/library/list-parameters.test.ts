import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelLibraryOptions } from '../../src/index.js';
import { shelf } from './shelf.js';
import { openLibrary, temporaryFolder } from './temp-library.js';

interface Answer {
  readonly status: number;
  readonly stems: readonly string[];
  readonly body: { readonly items: Record<string, unknown>[]; readonly [key: string]: unknown };
}

async function openShelf(options?: ModelLibraryOptions) {
  const opened = await openLibrary(shelf, options);
  await opened.library.ready;
  const ask = async (search: string, prefix = 'loras', route = 'list'): Promise<Answer> => {
    const response = await opened.request(`/api/lm/${prefix}/${route}?${search}`);
    const body = JSON.parse(await response.text());
    const items: { file_name: string }[] = body.items ?? [];
    return { status: response.status, stems: items.map(({ file_name }) => file_name), body };
  };
  return { ...opened, ask };
}

async function settingsFile(settings: Record<string, unknown>): Promise<string> {
  const file = join(await temporaryFolder(), 'settings.json');
  await writeFile(file, JSON.stringify(settings));
  return file;
}

const all = ['beta', 'alpha', 'alpha', 'twin', 'twin (1)', 'delta'];

describe('the parameters of a listing', () => {
  it('narrow it, each as the wire format has it', async () => {
    const { ask } = await openShelf();
    const cases: [string, readonly string[]][] = [
      ['', all],
      ['folder_include=char/', ['beta', 'alpha']],
      ['folder_include=char&folder_include=twins', ['beta', 'alpha', 'twin', 'twin (1)']],
      ['folder_include=char&recursive=false', ['alpha']],
      ['folder_include=%20', []],
      ['folder_exclude=char&folder_exclude=', ['alpha', 'twin', 'twin (1)', 'delta']],
      ['folder=char&folder_include=char/sub', ['beta']],
      ['search=btea&fuzzy_search=true', []],
      ['search=alpah%20char&fuzzy=true', []],
      ['search=charr%20alpha&fuzzy=true', ['alpha']],
      ['search=charr%20alpha&fuzzy=TRUE', []],
      ['search=charr%20alpha&fuzzy_search=TRUE', ['alpha']],
      ['tag=ink&tag_exclude=style', []],
      ['tag_exclude=__no_tags__', ['beta', 'alpha']],
      ['tags=%20ink%20,,', ['alpha']],
      ['tag=style&tags=ink', ['beta', 'alpha']],
      ['auto_tag_include=HIGH', ['alpha']],
      ['auto_tag_include=high', []],
      ['auto_tag_exclude=HIGH&folder=char', ['beta']],
      ['model_type=LOCON&civitai_model_type=dora', ['alpha', 'delta']],
      ['credit_required=true', ['beta']],
      ['credit_required=0', ['alpha', 'delta']],
      ['allow_selling_generated_content=yes', ['alpha']],
      ['license_include=unknown', ['alpha', 'twin', 'twin (1)']],
      ['license_include=image&license_include=no-credit', ['alpha']],
      ['license_exclude=unknown&license_exclude=image', ['beta', 'delta']],
      ['usage=unused', all],
      ['usage=used', []],
      ['update_available_only=true', []],
      ['civitai_model_id=7', ['beta', 'alpha']],
      ['civitai_model_id=hf:no/body', []],
      ['first_letter=%23', ['beta']],
      ['first_letter=%E6%BC%A2', ['delta']],
      ['first_letter=t', ['alpha', 'twin', 'twin (1)']],
      ['name_pattern_include=ALPHA', ['alpha', 'alpha']],
      ['name_pattern_include=^(char|1).*a$&name_pattern_use_regex=true', ['beta', 'alpha']],
      ['name_pattern_exclude=twin&name_pattern_exclude=alpha', ['beta', 'delta']],
      [`hash=${'2'.repeat(64)}&favorites_only=true&folder=nowhere`, ['alpha']],
      ['hash=ABCDEF012345', ['beta']],
      [`hash=${'2'.repeat(10)}`, []],
      [`hashes=${JSON.stringify(['1'.repeat(64), '4'.repeat(64)])}`, ['alpha', 'delta']],
      ['hashes=nothing', all],
      ['hashes={}', all],
      ['hashes=[]', all],
      [`hash=${'2'.repeat(64)}&lora_hash=${'4'.repeat(64)}`, ['delta']],
      [`hash=${'2'.repeat(64)}&lora_hashes=${'4'.repeat(64)},${'1'.repeat(64)}`, ['alpha', 'delta']],
      [`hash=${'2'.repeat(64)}&checkpoint_hash=${'4'.repeat(64)}`, ['alpha']],
    ];
    for (const [search, stems] of cases) {
      const answer = await ask(search);
      expect([search, answer.status, [...answer.stems].sort()]).toEqual([search, 200, [...stems].sort()]);
    }
  });

  it('belong to their type: embeddings know no letters and no patterns, checkpoints their own hashes', async () => {
    const { ask } = await openShelf();
    const odd = 'first_letter=Z&name_pattern_include=zzz&lora_hash=0&fuzzy=true';
    expect((await ask(odd, 'embeddings')).stems).toEqual(['neg', 'neg']);
    expect((await ask(`checkpoint_hash=${'6'.repeat(64)}&lora_hash=0`, 'checkpoints')).stems).toEqual(['big']);
    expect((await ask(`checkpoint_hash=${'0'.repeat(64)}`, 'checkpoints')).stems).toEqual([]);
  });

  it('group models: the newest version stands for all, with their number', async () => {
    const { ask } = await openShelf({ settingsFile: await settingsFile({ version_grouping: 'model' }) });
    const { body } = await ask('group_by_model=true&page_size=100');
    const counts = body.items.map(({ file_name, version_count }) => [file_name, version_count]);
    expect(counts.filter(([, count]) => count !== null)).toEqual([
      ['beta', 2],
      ['delta', 1],
    ]);
    expect((await ask('civitai_model_id=7&sort_by=name')).stems).toEqual(['beta', 'alpha']);
    expect((await ask('sort_by=versions_count:desc&group_by_model=true')).stems[0]).toBe('beta');
    const ungrouped = await ask('page_size=100');
    expect(ungrouped.body.items.every(({ version_count }) => version_count === null)).toBe(true);
  });

  it('R-W33: an empty hash asks for nothing, and the safe-content setting holds when a hash is asked for', async () => {
    const { ask } = await openShelf({ settingsFile: await settingsFile({ show_only_sfw: true }) });
    expect((await ask('hash=&folder=character')).stems).toEqual(['delta']);
    expect((await ask('hashes=%5B%22%22%5D&folder=character')).stems).toEqual(['delta']);
    expect((await ask('lora_hash=&folder=character')).stems).toEqual(['delta']);
    expect((await ask(`hash=${'3'.repeat(64)}`)).stems).toEqual([]);
    expect((await ask(`hash=${'2'.repeat(64)}`)).stems).toEqual(['alpha']);
  });

  it('R-W24: what is too long, too much or no known word is a 400', async () => {
    const { ask } = await openShelf();
    const many = (name: string, count: number): string => `${name}=a&`.repeat(count);
    for (const search of [
      `search=${'a'.repeat(1001)}`,
      `folder=${'a'.repeat(1001)}`,
      many('tag', 1001),
      `name_pattern_include=${'a'.repeat(201)}`,
      many('name_pattern_exclude', 21),
      `hashes=${JSON.stringify(Array.from({ length: 1001 }, () => 'a'))}`,
      `lora_hashes=${'a,'.repeat(1001)}`,
      'license_include=free',
      'license_exclude=sell&license_exclude=',
      'usage=often',
    ]) {
      const { status, body } = await ask(search);
      expect([search.slice(0, 40), status, body['success'], body['code']]).toEqual([
        search.slice(0, 40),
        400,
        false,
        'validation_failed',
      ]);
    }
    expect((await ask(many('tag', 1000))).status).toBe(200);
    expect((await ask(many('name_pattern_include', 20))).status).toBe(200);
  });
});
