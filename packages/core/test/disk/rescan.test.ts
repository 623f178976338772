import type * as Fs from 'node:fs';
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { ScanJob } from '../../src/disk/scan-job.js';
import { jobOver, knowing, put, root, safetensors, scan, sidecar, tempFolder, type Scanned } from './temp-library.js';

const calls = vi.hoisted(() => ({ open: [] as string[], list: [] as string[] }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    openSync: (...parts: Parameters<typeof fs.openSync>) => {
      calls.open.push(String(parts[0]));
      return fs.openSync(...parts);
    },
    readdirSync: (path: string, options: { withFileTypes: true }) => {
      calls.list.push(path);
      return fs.readdirSync(path, options);
    },
  };
});

/** What a scan opened and listed. */
function countedScan(job: ScanJob): Scanned & { opened: string[]; listed: string[] } {
  calls.open.length = 0;
  calls.list.length = 0;
  return { ...scan(job), opened: [...calls.open], listed: [...calls.list] };
}

/** Scans again, knowing the first scan; what is unchanged is taken from there. */
function rescan(job: ScanJob, before: Scanned): Scanned {
  const again = scan(knowing(job, before));
  const kept = new Set(again.unchanged);
  const models = [...before.models.filter(({ entry }) => kept.has(entry.file_path)), ...again.models];
  return { ...again, models, paths: models.map(({ entry }) => entry.file_path).sort() };
}

const byPath = (scanned: Scanned): unknown[] =>
  [...scanned.models].sort((a, b) => (a.entry.file_path < b.entry.file_path ? -1 : 1));

/** A library with everything that can lie beside a model. */
function library(): string {
  const folder = tempFolder();
  put(folder, 'plain.safetensors', safetensors({ __metadata__: { sshs_model_hash: 'abcdef0123456789' } }));
  put(folder, 'a/own.safetensors');
  put(folder, 'a/own.metadata.json', sidecar({ preview_url: join(folder, 'b/else.png') }));
  put(folder, 'a/info.ckpt', 'x');
  put(folder, 'a/info.civitai.info', JSON.stringify({ id: 1, files: [{ primary: true }] }));
  put(folder, 'b/swarm.ckpt', 'x');
  put(folder, 'b/swarm.swarm.json', JSON.stringify({ 'modelspec.title': 'Swarm' }));
  put(folder, 'b/else.png', 'x');
  put(folder, 'b/out.ckpt', 'x');
  put(folder, 'b/out.metadata.json', sidecar({ exclude: true }));
  put(folder, 'c/broken.safetensors', 'no header');
  put(folder, 'c/two.ckpt', 'x');
  put(folder, 'c/two.safetensors');
  put(folder, 'c/two.metadata.json', sidecar({ file_name: 'two.ckpt' }));
  put(folder, 'c/two.png', 'x');
  symlinkSync(join(folder, 'plain.safetensors'), join(folder, 'c/link.safetensors'));
  return folder;
}

describe('a rescan', () => {
  test('P-2: of an unchanged tree does one directory pass and opens 0 files', () => {
    const folder = library();
    const job = jobOver(root(folder));
    const first = countedScan(job);
    expect(first.opened.length).toBeGreaterThan(5);
    expect(first.outcome.opened).toBe(first.opened.length);
    expect(first.codes).toEqual(['header_unreadable', 'sidecar_shared']);
    const again = countedScan(knowing(job, first));
    expect(again.opened).toEqual([]);
    expect(again.outcome.opened).toBe(0);
    expect(again.listed.sort()).toEqual([folder, join(folder, 'a'), join(folder, 'b'), join(folder, 'c')].sort());
    expect(again.models).toEqual([]);
    expect([...again.unchanged].sort()).toEqual(first.paths);
    expect(again.outcome.issues).toEqual(first.outcome.issues);
  });

  test('P-2: opens only what changed', () => {
    const folder = library();
    const job = jobOver(root(folder));
    const first = scan(job);
    const edited = put(folder, 'a/own.metadata.json', sidecar({ notes: 'new' }));
    const again = countedScan(knowing(job, first));
    expect(again.opened).toEqual([edited, join(folder, 'a/own.safetensors')]);
    expect(again.entry(join(folder, 'a/own.safetensors')).notes).toBe('new');
  });

  test('an empty stamp is read again', () => {
    const job = jobOver(root(library()));
    const first = scan(job);
    const known = first.paths.map((path) => [path, ''] as const);
    expect(byPath(scan({ ...job, known }))).toEqual(byPath(first));
  });

  test.each<[string, (folder: string) => void]>([
    ['a replaced file', (folder) => void put(folder, 'plain.safetensors', safetensors({ a: 1 }))],
    [
      'a replaced file of the same size',
      (folder) =>
        void put(folder, 'plain.safetensors', safetensors({ __metadata__: { sshs_model_hash: 'bbcdef0123456789' } })),
    ],
    ['an edited sidecar', (folder) => void put(folder, 'a/own.metadata.json', sidecar({ notes: 'new' }))],
    ['a new sidecar', (folder) => void put(folder, 'plain.metadata.json', sidecar())],
    ['a removed sidecar', (folder) => rmSync(join(folder, 'a/own.metadata.json'))],
    ['another tool’s file that appears', (folder) => void put(folder, 'plain.json', '{"notes": "n"}')],
    [
      'another tool’s file that changes',
      (folder) => void put(folder, 'b/swarm.swarm.json', '{"modelspec.title": "Other"}'),
    ],
    ['another tool’s file that goes', (folder) => rmSync(join(folder, 'a/info.civitai.info'))],
    ['a new preview', (folder) => void put(folder, 'plain.webp', 'x')],
    ['a preview that goes', (folder) => rmSync(join(folder, 'c/two.png'))],
    ['a preview elsewhere that goes', (folder) => rmSync(join(folder, 'b/else.png'))],
    ['a file that is added', (folder) => void put(folder, 'new.ckpt', 'x')],
    ['a file that is removed', (folder) => rmSync(join(folder, 'plain.safetensors'))],
    [
      'a file that is renamed',
      (folder) => renameSync(join(folder, 'a/own.safetensors'), join(folder, 'a/new.safetensors')),
    ],
    ['one of two that share a stem', (folder) => rmSync(join(folder, 'c/two.ckpt'))],
    ['a new link', (folder) => symlinkSync(join(folder, 'b'), join(folder, 'more'))],
    ['a link that goes', (folder) => rmSync(join(folder, 'c/link.safetensors'))],
  ])('R-W38: %s is noticed', (_, change) => {
    const folder = library();
    const job = jobOver(root(folder));
    const first = scan(job);
    change(folder);
    const again = rescan(job, first);
    const fresh = scan(job);
    expect(byPath(again)).toEqual(byPath(fresh));
    expect(again.outcome.issues).toEqual(fresh.outcome.issues);
    expect(byPath(fresh)).not.toEqual(byPath(first));
  });

  test('a preview elsewhere that comes back is shown again', () => {
    const folder = library();
    const job = jobOver(root(folder));
    const elsewhere = join(folder, 'b/else.png');
    rmSync(elsewhere);
    const first = scan(job);
    put(folder, 'b/else.png', 'x');
    expect(rescan(job, first).models.find(({ entry }) => entry.preview_url === elsewhere)).toBeDefined();
  });

  test('R-W38: a file that changes within one tick of the clock is noticed by the scan after', () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'x');
    const beside = put(folder, 'a.metadata.json', sidecar({ notes: '1' }));
    const now = Date.now() / 1000;
    utimesSync(beside, now, now);
    const job = jobOver(root(folder));
    const first = scan(job);
    writeFileSync(beside, sidecar({ notes: '2' }));
    utimesSync(beside, now, now);
    expect(scan(knowing(job, first)).entry(path).notes).toBe('2');
  });

  test('another defaults, sub-type or root is another row', () => {
    const folder = tempFolder();
    put(folder, 'a.ckpt', 'x');
    const first = scan(jobOver(root(folder)));
    const others = [
      jobOver(root(folder, 'loras-0', 'unet')),
      jobOver(root(folder, 'loras-1')),
      { ...jobOver(root(folder)), defaults: { from_civitai: false, sub_type: null, usage_tips: '{}' } },
    ];
    for (const job of others) expect(scan(knowing(job, first)).models).toHaveLength(1);
    expect(scan(knowing(jobOver(root(folder)), first)).models).toHaveLength(0);
  });

  test('a damaged stamp is no stamp', () => {
    const folder = library();
    const job = jobOver(root(folder));
    const first = scan(job);
    const known = first.models.map(
      ({ entry, stamp }) => [entry.file_path, `${stamp.slice(0, 20)}{"issues":5,`] as const,
    );
    const again = scan({ ...job, known });
    expect([...again.paths, ...again.unchanged].sort()).toEqual(first.paths);
  });
});

describe('partial downloads', () => {
  test.each(['aria2', 'st'])(
    'P-1: a file with a control file `.%s` beside is not listed anew and not missing',
    (suffix) => {
      const folder = tempFolder();
      const path = put(folder, 'a.safetensors', Buffer.alloc(1_000));
      const control = put(folder, `a.safetensors.${suffix}`, 'x');
      const { paths, outcome } = scan(jobOver(root(folder)));
      expect(paths).toEqual([]);
      expect(outcome).toMatchObject({ issues: [], unreadablePaths: [path] });
      rmSync(control);
      expect(scan(jobOver(root(folder))).paths).toEqual([path]);
    },
  );

  test('P-1: an empty file keeps the place of a download beside it; a whole one is a model whatever lies beside it', () => {
    const folder = tempFolder();
    put(folder, 'a.safetensors', '');
    put(folder, 'a.safetensors.part', 'x');
    const whole = put(folder, 'b.part.safetensors');
    put(folder, 'b.part.safetensors.part', 'x');
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([whole]);
    expect(outcome.unreadablePaths).toEqual([join(folder, 'a.safetensors')]);
  });
});

describe('roots', () => {
  test('P-14: a root that is empty and another folder than before is offline, one that was emptied is empty', () => {
    const folder = tempFolder();
    const path = join(folder, 'drive');
    put(path, 'a.ckpt', 'x');
    const job = jobOver(root(path));
    const first = scan(job);
    renameSync(path, join(folder, 'unplugged'));
    mkdirSync(path);
    put(path, 'readme.txt', 'the mount point');
    const away = scan(knowing(job, first));
    expect(away.outcome).toMatchObject({ offlineRoots: ['loras-0'], rootIdentities: {} });
    expect(away.codes).toEqual(['root_offline']);
    rmSync(path, { recursive: true });
    renameSync(join(folder, 'unplugged'), path);
    rmSync(join(path, 'a.ckpt'));
    expect(scan(knowing(job, first)).outcome.offlineRoots).toEqual([]);
  });

  test('P-14: an empty root of which nothing is known is just empty', () => {
    expect(scan(jobOver(root(tempFolder()))).outcome.offlineRoots).toEqual([]);
  });

  test('only some roots: the others are not looked into, also not through links and nested folders', () => {
    const folder = tempFolder();
    const outer = put(folder, 'outer/a.ckpt', 'x');
    put(folder, 'outer/inner/b.ckpt', 'x');
    put(folder, 'beside/c.ckpt', 'x');
    symlinkSync(join(folder, 'beside'), join(folder, 'outer/to-beside'));
    symlinkSync(join(folder, 'beside/c.ckpt'), join(folder, 'outer/c.ckpt'));
    const job = jobOver(
      root(join(folder, 'outer')),
      root(join(folder, 'outer/inner'), 'loras-1'),
      root(join(folder, 'beside'), 'loras-2'),
    );
    const { paths, outcome } = scan({ ...job, only: ['loras-0'] });
    expect(paths).toEqual([outer]);
    expect(outcome).toMatchObject({ counted: 1, issues: [], linkTargets: [] });
    expect(
      scan({ ...job, only: ['loras-1', 'loras-2'] })
        .models.map((model) => model.root)
        .sort(),
    ).toEqual(['loras-1', 'loras-2']);
  });
});

test('R-W7: an unreadable sidecar keeps what was known, and is no reason to list the model', () => {
  const folder = tempFolder();
  const path = put(folder, 'a.ckpt', 'x');
  const beside = put(folder, 'a.metadata.json', sidecar({ exclude: true }));
  const job = jobOver(root(folder));
  const first = scan(job);
  put(folder, 'a.metadata.json', sidecar({ exclude: true, notes: 'n' }));
  chmodSync(beside, 0);
  chmodSync(folder, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  const again = scan(knowing(job, first));
  if (isRoot) process.seteuid?.(0);
  expect(again.models).toEqual([]);
  expect(again.outcome.unreadablePaths).toEqual([path]);
});

describe('whatever happens to the tree', () => {
  const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
  const stems = ['a', 'b'];
  const folders = ['', 'x/', 'z/'];
  const name = fc
    .tuple(
      fc.constantFrom(...folders),
      fc.constantFrom(...stems),
      fc.constantFrom(
        '.ckpt',
        '.safetensors',
        '.ckpt',
        '.metadata.json',
        '.metadata.json',
        '.civitai.info',
        '.cm-info.json',
        '.swarm.json',
        '.json',
        '.png',
        '.webp',
        '.ckpt.part',
        '.safetensors.aria2',
      ),
    )
    .map((parts) => parts.join(''));
  const content = fc.constantFrom<(folder: string) => string | Buffer>(
    () => 'x',
    () => '',
    () => safetensors({}),
    () => safetensors({ __metadata__: { sshs_model_hash: 'abcdef0123456789' } }),
    () => sidecar(),
    () => sidecar({ civitai: {}, exclude: true }),
    () => sidecar({ file_name: 'a.ckpt', notes: 'n' }),
    (folder) => sidecar({ preview_url: join(folder, 'x/b.png') }),
    (folder) => sidecar({ preview_url: join(folder, 'x/a.webp'), autov3: null }),
    () => JSON.stringify({ id: 1, files: [{ primary: true }], model: { name: 'Info' } }),
    () => JSON.stringify({ ModelName: 'Cm', 'modelspec.title': 'Swarm', notes: 'A1111' }),
  );
  type Edit = (folder: string) => void;
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(name, content).map(
        ([file, text]): Edit =>
          (folder) =>
            put(folder, file, text(folder)),
      ),
    },
    {
      weight: 2,
      arbitrary: name.map(
        (file): Edit =>
          (folder) =>
            rmSync(join(folder, file), { recursive: true, force: true }),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(name, name).map(
        ([from, to]): Edit =>
          (folder) =>
            renameSync(join(folder, from), join(folder, to)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(name, name).map(
        ([from, to]): Edit =>
          (folder) =>
            symlinkSync(join(folder, from), join(folder, to)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(name, name).map(
        ([from, to]): Edit =>
          (folder) =>
            linkSync(join(folder, from), join(folder, to)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('x', 'z', 'x/y'), fc.constantFrom('x/link', 'z/link', 'w')).map(
        ([from, to]): Edit =>
          (folder) =>
            symlinkSync(join(folder, from), join(folder, to)),
      ),
    },
    { weight: 1, arbitrary: fc.constant<Edit>((folder) => renameSync(join(folder, 'x'), join(folder, 'v'))) },
  );

  const apply = (folder: string, edits: readonly Edit[]): void => {
    for (const each of edits) {
      try {
        each(folder);
      } catch {
        // An edit of what is not there is none.
      }
    }
  };

  test('I22: scanning with what is known gives the same models and issues as scanning from scratch', () => {
    fc.assert(
      fc.property(
        fc.array(edit, { minLength: 6, maxLength: 30 }),
        fc.array(fc.array(edit, { maxLength: 6 }), { maxLength: 5 }),
        (made, rounds) => {
          const folder = tempFolder();
          const job = jobOver(root(folder), root(join(folder, 'z'), 'loras-1'));
          apply(folder, [(at) => mkdirSync(join(at, 'z')), ...made]);
          let known = scan(job);
          for (const edits of [...rounds, []]) {
            apply(folder, edits);
            const fresh = scan(job);
            const again = rescan(job, known);
            expect(byPath(again)).toEqual(byPath(fresh));
            expect(again.outcome.issues).toEqual(fresh.outcome.issues);
            known = again;
          }
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: runs },
    );
  });
});
