import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ModelLibrary, RouteBinding } from '../../src/index.js';
import { goodRequest, isQueryRoute, shelf } from './shelf.js';
import { openLibrary } from './temp-library.js';

const pages = {
  renderModelPage: () => Promise.resolve('<p>'),
  renderStatisticsPage: () => Promise.resolve('<p>'),
};

async function openShelf() {
  const opened = await openLibrary(shelf, { pages });
  await opened.library.ready;
  return opened;
}

const isJson = ({ definition }: RouteBinding): boolean => typeof definition.reply !== 'string';

/** Routes that change files have tests of their own. */
const isJsonQuery = (binding: RouteBinding): boolean => isJson(binding) && isQueryRoute(binding);

/** The method by which a route is asked in these tests. */
const methodOf = ({ methods }: RouteBinding): string => (methods.includes('GET') ? 'GET' : (methods[0] ?? 'GET'));

function initOf(binding: RouteBinding, body: string | undefined): RequestInit {
  const method = methodOf(binding);
  return body === undefined ? { method } : { method, body, headers: { 'content-type': 'application/json' } };
}

describe('the registry and its handlers', () => {
  it('every binding resolves to a callable of its own', async () => {
    const { library } = await openShelf();
    const handlers = library.bindings.map(({ prefix, definition }) => `${prefix ?? ''} ${definition.handler}`);
    expect(new Set(handlers).size).toBe(handlers.length);
    const perPrefix = library.bindings.filter(({ prefix }) => prefix === 'loras').map(({ resolve }) => resolve());
    expect(new Set(perPrefix).size).toBe(perPrefix.length);
  });

  it('no two declarations share the same method and path after prefix expansion', async () => {
    const { library } = await openShelf();
    const places = library.bindings.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
    expect(new Set(places).size).toBe(places.length);
  });
});

describe('every route', () => {
  it('query routes that succeed carry `success: true`', async () => {
    const { library, request, folder } = await openShelf();
    for (const binding of library.bindings.filter(isJsonQuery)) {
      const { url, body } = goodRequest(binding, folder);
      const response = await request(url, initOf(binding, body));
      expect([url, response.status, await response.json()]).toMatchObject([url, 200, { success: true }]);
    }
  });

  it('`folder-tree` without `model_root`, and any query route lacking a required parameter, answers 400', async () => {
    const { library, request } = await openShelf();
    let lacking = 0;
    for (const binding of library.bindings.filter(isJson)) {
      const required = binding.definition.query?.safeParse({}).success === false;
      if (!required) continue;
      lacking++;
      const response = await request(binding.path, initOf(binding, undefined));
      expect([binding.path, response.status, await response.json()]).toMatchObject([
        binding.path,
        400,
        { success: false, code: 'validation_failed' },
      ]);
    }
    expect(lacking).toBeGreaterThan(15);
  });

  it('R-W32: one envelope, one limit policy, no internals', async () => {
    const { library, request, folder } = await openShelf();
    for (const binding of library.bindings.filter(isJsonQuery)) {
      const { url, body } = goodRequest(binding, folder);
      const bare = binding.path.replace('{name}', 'nobody');
      const wrong = [
        `${bare}?name=nobody&file_path=/nowhere&relative_path=%00&model_root=%00&path=/nowhere`,
        `${bare}?limit=x&page=x&offset=1.5&name=${'x'.repeat(1001)}&file_path=${'x'.repeat(4097)}`,
      ];
      for (const attempt of wrong) {
        const response = await request(attempt, initOf(binding, body === undefined ? undefined : '[]'));
        const text = await response.text();
        if (response.status === 200) continue;
        expect([attempt.slice(0, 80), response.status]).toEqual([
          attempt.slice(0, 80),
          expect.toBeOneOf([400, 403, 404]),
        ]);
        expect(Object.keys(JSON.parse(text)).filter((key) => key !== 'details')).toEqual(['success', 'error', 'code']);
        expect(text).not.toMatch(/node:|\.ts|\.js|Error:|ENOENT|stack/);
        expect(text).not.toContain(folder);
      }
      if (!('limit' in (binding.definition.query?.shape ?? {}))) continue;
      const join = url.includes('?') ? '&' : '?';
      for (const limit of ['-7', '0', '1', '999999999999999999999']) {
        expect([url, limit, (await request(`${url}${join}limit=${limit}`)).status]).toEqual([url, limit, 200]);
      }
      expect((await request(`${url}${join}limit=two`)).status).toBe(400);
    }
  });

  it('After any read route, entries, indexes, tag counts and sidecars are unchanged, unless the route documents a side effect.', async () => {
    const { library, request, folder } = await openShelf();
    // Digests are computed meanwhile; what they enter is no effect of reading.
    await vi.waitFor(async () => expect((await library.loras.findDuplicateModels()).count).toBe(1), 5000);
    await vi.waitFor(() => expect(library.progress.snapshots.since(0)).toContainEqual(settled), 5000);
    const before = await stateOf(library, folder);
    for (const binding of library.bindings.filter((each) => isQueryRoute(each) && each.definition.effect === 'read')) {
      if (binding.definition.reply === 'events') continue;
      const { url, body } = goodRequest(binding, folder);
      const response = await request(url, initOf(binding, body));
      await response.arrayBuffer();
      expect([url, response.status]).toEqual([url, 200]);
    }
    expect(await stateOf(library, folder)).toEqual(before);
  });
});

const settled: unknown = expect.objectContaining({
  topic: 'digest',
  data: expect.objectContaining({ status: 'complete' }),
});

/** Everything that a library shows, and every file below its roots with bytes and times. */
async function stateOf(library: ModelLibrary, folder: string): Promise<unknown> {
  const shown: unknown[] = [];
  for (const prefix of ['loras', 'checkpoints', 'embeddings']) {
    const face = library.model(prefix);
    shown.push(
      await Promise.all([
        face.getModels({ page_size: 100 }),
        face.getModels({ page_size: 100, sort_by: 'added' }),
        face.getExcludedModels({ page_size: 100 }),
        face.getTopTags({ limit: 0 }),
        face.getBaseModels({ limit: 0 }),
        face.getModelTypes({ limit: 0 }),
        face.getFolders(),
        face.getUnifiedFolderTree(),
        face.findDuplicateModels(),
        face.findFilenameConflicts(),
        face.getRelativePaths({ limit: 100 }),
      ]),
    );
    const files = await readdir(join(folder, prefix), { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name);
      const { mtimeMs, ino } = await stat(path);
      shown.push([path, mtimeMs, ino, (await readFile(path)).toString('base64')]);
    }
  }
  return shown;
}

describe('listings', () => {
  it('For any requested `page_size` above 100 the response carries at most 100 items and `page_size` 100.', async () => {
    const files = Array.from({ length: 120 }, (_, at) => [`embeddings/${String(at)}.pt`, 'pickle'] as const);
    const { library } = await openLibrary(Object.fromEntries(files));
    await library.ready;
    for (const page_size of [101, 1e6, Number.MAX_SAFE_INTEGER]) {
      const { items, ...paging } = await library.embeddings.getModels({ page_size });
      expect([items.length, paging]).toMatchObject([100, { page_size: 100, total: 120, total_pages: 2 }]);
    }
  });

  const common = [
    'auto_tags',
    'base_model',
    'civitai',
    'exclude',
    'favorite',
    'file_name',
    'file_path',
    'file_size',
    'folder',
    'from_civitai',
    'hf_url',
    'model_name',
    'modified',
    'notes',
    'preview_nsfw_level',
    'preview_url',
    'sha256',
    'skip_metadata_refresh',
    'sub_type',
    'tags',
    'update_available',
    'version_count',
  ];
  const keys = {
    loras: [...common, 'usage_count', 'usage_tips'].sort(),
    checkpoints: [...common, 'usage_count'].sort(),
    embeddings: common,
  };

  it('Every element of `items` went through the type\'s formatter: its key set equals the table of "List item" for that type, and no raw catalog field leaks.', async () => {
    const { library, request } = await openShelf();
    for (const [prefix, expected] of Object.entries(keys)) {
      for (const route of ['list', 'excluded', 'list?sort_by=usage', 'list?group_by_model=true']) {
        const { items } = JSON.parse(await (await request(`/api/lm/${prefix}/${route}`)).text());
        for (const item of items) expect([prefix, Object.keys(item).sort()]).toEqual([prefix, expected]);
      }
    }
    const grouped = [
      ...(await library.loras.findFilenameConflicts()).conflicts,
      ...(await library.embeddings.findFilenameConflicts()).conflicts.map((group) => ({ ...group, embedding: true })),
    ];
    expect(grouped).toHaveLength(2);
    for (const { models, ...group } of grouped) {
      const expected = 'embedding' in group ? keys.embeddings : keys.loras;
      for (const item of models) expect(Object.keys(item).sort()).toEqual(expected);
    }
    const text = await (await request('/api/lm/loras/list')).text();
    expect(text).not.toMatch(/secret|license_flags|hash_status|autov3|creator/);
  });

  it('A row without a usable path never enters, so that `items` holds what `total` counts.', async () => {
    const { library } = await openShelf();
    for (const prefix of Object.keys(keys)) {
      const { items, total } = await library.model(prefix).getModels({ page_size: 100 });
      expect([prefix, items.length]).toEqual([prefix, total]);
      expect(items.every(({ file_path }) => file_path.startsWith('/') || /^[A-Za-z]:/.test(file_path))).toBe(true);
    }
  });

  it('`find-duplicates` never returns a group with fewer than two models; `find-filename-conflicts` never returns an empty group; `count` equals the number of groups', async () => {
    const { library } = await openShelf();
    await vi.waitFor(async () => expect((await library.loras.findDuplicateModels()).count).toBe(1), 5000);
    for (const prefix of Object.keys(keys)) {
      const face = library.model(prefix);
      for (const input of [{}, { folder: 'twins' }, { tag_include: ['style'] }, { base_model: 'Unknown' }]) {
        const { duplicates, count } = await face.findDuplicateModels(input);
        expect(count).toBe(duplicates.length);
        for (const { models } of duplicates) expect(models.length).toBeGreaterThan(1);
      }
      const { conflicts, count } = await face.findFilenameConflicts();
      expect(count).toBe(conflicts.length);
      for (const { models } of conflicts) expect(models.length).toBeGreaterThan(1);
    }
  });
});
