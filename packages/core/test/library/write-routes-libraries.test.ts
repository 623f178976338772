import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { createModelLibrary } from '../../src/index.js';
import { PICTURES } from '../disk/sample-images.js';
import { safetensors, sidecar, temporaryFolder, writeFiles } from './temp-library.js';
import { treeDigest } from './write-input/tree-digest.js';
import { json } from './write-input/writing-library.js';

const many = (prefix: string, count: number): Record<string, Buffer> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${prefix}${String(at)}.safetensors`,
      safetensors({ at: prefix + String(at) }),
    ]),
  );

/** Two libraries in a settings file, the first one active and listed. */
async function twoLibraries() {
  const folder = await temporaryFolder();
  await writeFiles(folder, {
    'one/loras/a.safetensors': safetensors({ at: 'a' }),
    'one/loras/a.metadata.json': sidecar({ tags: ['first'] }),
    'one/loras/a.png': PICTURES.png,
    ...many('one/loras/x', 20),
    'two/loras/b.safetensors': safetensors({ at: 'b' }),
    'two/loras/b.metadata.json': sidecar({ tags: ['second'] }),
    'two/loras/b.png': PICTURES.png,
    'two/checkpoints/c.safetensors': safetensors({ at: 'c' }),
    'file.txt': 'no folder',
  });
  const paths = (name: string, types = ['loras', 'checkpoints']) => ({
    folder_paths: Object.fromEntries(types.map((type) => [type, [join(folder, name, type)]])),
  });
  const settingsFile = join(folder, 'settings.json');
  await writeFile(
    settingsFile,
    JSON.stringify({
      ...paths('one', ['loras']),
      libraries: {
        one: paths('one', ['loras']),
        two: paths('two'),
        gone: { folder_paths: { loras: [join(folder, 'nowhere')] } },
        broken: { folder_paths: { loras: [join(folder, 'file.txt')] } },
      },
      active_library: 'one',
    }),
  );
  const dataDir = await temporaryFolder();
  const open = async () => {
    const library = createModelLibrary({ settingsFile, dataDir, digests: false });
    onTestFinished(() => library.close());
    await library.ready;
    const handle = toFetchHandler(library);
    const send = (path: string, init?: RequestInit) => handle(new Request(`http://127.0.0.1${path}`, init));
    const names = async (prefix = 'loras'): Promise<string[]> =>
      (await library.model(prefix).getModels({ page_size: 100 })).items.map(({ file_name }) => file_name);
    const activate = (name: string) => send('/api/lm/settings/libraries/activate', json({ library: name }));
    return { library, send, names, activate };
  };
  return { folder, settingsFile, open, ...(await open()) };
}

describe('switching libraries', () => {
  it('an activation lists the new library, refuses the previews of the old one, and tells every client', async () => {
    const { folder, library, names, activate, send, settingsFile, open } = await twoLibraries();
    expect((await names()).length).toBe(21);
    const preview = (name: string) => send(`/api/lm/previews?path=${encodeURIComponent(join(folder, name))}`);
    expect([(await preview('one/loras/a.png')).status, (await preview('two/loras/b.png')).status]).toEqual([200, 403]);
    const told: string[] = [];
    library.progress.on('models_changed', ({ data }) => told.push(data.pageType));
    const disk = await treeDigest([join(folder, 'one'), join(folder, 'two')]);

    const response = await activate(' two ');
    expect([response.status, await response.json()]).toMatchObject([200, { success: true, active_library: 'two' }]);
    await vi.waitFor(async () => expect(await names()).toEqual(['b']), 5000);
    await vi.waitFor(async () => expect(await names('checkpoints')).toEqual(['c']), 5000);
    expect((await library.loras.getTopTags()).tags).toEqual([{ tag: 'second', count: 1 }]);
    expect([(await preview('one/loras/a.png')).status, (await preview('two/loras/b.png')).status]).toEqual([403, 200]);
    await vi.waitFor(() => expect(told).toContain('loras'), 5000);
    expect(told).toContain('checkpoints');

    const edit = (file_path: string) => send('/api/lm/loras/add-tags', json({ file_path, tags: ['new'] }));
    const before = await edit(join(folder, 'one/loras/a.safetensors'));
    expect([before.status, await before.json()]).toMatchObject([403, { code: 'path_outside_roots' }]);
    expect(await treeDigest([join(folder, 'one'), join(folder, 'two')])).toEqual(disk);
    expect((await edit(join(folder, 'two/loras/b.safetensors'))).status).toBe(200);
    expect(JSON.parse(await readFile(settingsFile, 'utf8'))).toMatchObject({ active_library: 'two' });

    // The next process starts with it, and the way back is as good.
    await library.close();
    const next = await open();
    expect(await next.names()).toEqual(['b']);
    expect((await next.activate('one')).status).toBe(200);
    await vi.waitFor(async () => expect((await next.names()).length).toBe(21), 5000);
    expect(await next.names('checkpoints')).toEqual([]);
  });

  it('an unknown name is 404, a missing one 400, and the former library stays', async () => {
    const { names, activate, send, settingsFile } = await twoLibraries();
    const before = [await names(), await readFile(settingsFile, 'utf8')];
    for (const [body, status] of [
      [{ library: 'nobody' }, 404],
      [{ library: 'constructor' }, 404],
      [{ library: '__proto__' }, 400],
      [{ library: '' }, 400],
      [{}, 400],
      [{ library: 5 }, 400],
      [[], 400],
    ] as const) {
      const response = await send('/api/lm/settings/libraries/activate', json(body));
      expect([body, response.status, await response.json()]).toMatchObject([body, status, { success: false }]);
    }
    expect((await activate('../one')).status).toBe(404);
    expect([await names(), await readFile(settingsFile, 'utf8')]).toEqual(before);
  });

  it('a library whose folders cannot be read is empty, tells so, and can be left again', async () => {
    const { names, activate, send, library } = await twoLibraries();
    for (const name of ['gone', 'broken']) {
      const response = await activate(name);
      const text = await response.text();
      expect([name, response.status, text]).toEqual([name, expect.toBeOneOf([200, 400, 404, 409, 503]), text]);
      if (response.status !== 200) continue;
      await vi.waitFor(async () => expect(await names()).toEqual([]), 5000);
      const { status } = await send('/api/lm/loras/scan', { method: 'POST' });
      expect([name, status]).toEqual([name, expect.toSatisfy((each) => each !== 500)]);
      expect((await library.checkHealth()).attached).toBe(true);
    }
    expect((await activate('one')).status).toBe(200);
    await vi.waitFor(async () => expect((await names()).length).toBe(21), 5000);
  });

  it('requests during a switch are answered by the old library, by the new one, or with 503: never a 500', async () => {
    const { folder, names, activate, send } = await twoLibraries();
    const a = join(folder, 'one/loras/a.safetensors');
    const b = join(folder, 'two/loras/b.safetensors');
    const asked: [string, RequestInit?][] = [
      ['/api/lm/loras/list'],
      ['/api/lm/loras/scan', { method: 'POST' }],
      ['/api/lm/loras/scan?full_rebuild=true'],
      ['/api/lm/loras/folders'],
      ['/api/lm/stats/collection-overview'],
      [`/api/lm/previews?path=${encodeURIComponent(join(folder, 'one/loras/a.png'))}`],
      ['/api/lm/loras/add-tags', json({ file_path: a, tags: ['x'] })],
      ['/api/lm/loras/add-tags', json({ file_path: b, tags: ['x'] })],
      ['/api/lm/loras/save-metadata', json({ file_path: a, notes: 'kept' })],
      ['/api/lm/loras/auto-organize', json({ dry_run: true })],
      ['/api/lm/trash'],
      ['/api/lm/settings', json({ language: 'de' })],
      ['/api/lm/health-check'],
      ['/api/lm/checkpoints/list'],
    ];
    const seen = new Set<number>();
    for (let round = 0; round < 6; round++) {
      const switching = activate(round % 2 === 0 ? 'two' : 'one');
      const turns = Array.from({ length: 4 }, async (_, turn) => {
        for (let step = 0; step < turn; step++) await new Promise((resolve) => setTimeout(resolve, 3));
        for (const [path, init] of asked) {
          const response = await send(path, init);
          const text = path.includes('previews') ? '' : await response.text();
          expect([path, response.status, text]).toEqual([path, expect.toBeOneOf([200, 403, 404, 503]), text]);
          seen.add(response.status);
        }
      });
      await Promise.all(turns);
      expect((await switching).status).toBe(200);
    }
    expect(seen).toContain(200);
    // The last one that was activated is the one behind the routes, with what was written meanwhile.
    await vi.waitFor(async () => expect((await names()).length).toBe(21), 5000);
    expect(JSON.parse(await readFile(join(folder, 'one/loras/a.metadata.json'), 'utf8'))).toMatchObject({
      notes: 'kept',
    });
  });

  it('scans of the old library end with it, and its background work never brings its models back', async () => {
    const { folder, names, activate, send, library } = await twoLibraries();
    const scans = Array.from({ length: 3 }, () => send('/api/lm/loras/scan?full_rebuild=true', { method: 'POST' }));
    expect((await activate('two')).status).toBe(200);
    for (const scan of await Promise.all(scans)) {
      expect([scan.status, await scan.json()]).toMatchObject([expect.toBeOneOf([200, 503]), {}]);
    }
    await vi.waitFor(async () => expect(await names()).toEqual(['b']), 5000);
    await writeFile(join(folder, 'one/loras/late.safetensors'), safetensors({ at: 'late' }));
    await library.loras.scanModels();
    expect(await names()).toEqual(['b']);
    await rm(join(folder, 'one'), { recursive: true });
    expect((await send('/api/lm/loras/scan', { method: 'POST' })).status).toBe(200);
    expect(await names()).toEqual(['b']);
  });
});
