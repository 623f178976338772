import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';
import type { KeepRule } from '../../../src/services/dedupe/keep-rule.js';
import { sidecar } from '../../disk/temp-library.js';
import { sha256Of, shelfFolder, weights } from '../lifecycle/writable-shelf.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const SIZE = weights('same').length;

/** Copies of one content at these names, the first the oldest, with their digests computed. */
async function copies(names: readonly string[], options: Parameters<ReturnType<typeof shelfFolder>['open']>[0] = {}) {
  const shelf = shelfFolder(['loras', 'more']);
  const paths = names.map((name) => shelf.put(name, weights('same')));
  shelf.put('loras/other.safetensors', weights('diff'));
  mkdirSync(shelf.at('more'), { recursive: true });
  const library = await shelf.open(options);
  await library.digestAll();
  const plan = (rule: KeepRule, preferredFolders: readonly string[] = []) =>
    library.dedupe.plan({ rule, preferredFolders });
  return { shelf, library, paths, plan, hash: sha256Of(paths[0] ?? '') };
}

const link = (existing: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  linkSync(existing, path);
};

describe('planDedupe', () => {
  it('P-9: a plan lists keeps, removals and bytes freed, and touches nothing', async () => {
    const { shelf, paths, plan, hash } = await copies([
      'loras/a.safetensors',
      'more/b.safetensors',
      'loras/c.safetensors',
    ]);
    const before = shelf.snapshot();
    expect(await plan('oldest')).toEqual({
      groups: [{ hash, keep: paths[0], remove: expect.arrayContaining(paths.slice(1)), bytesFreed: 2 * SIZE }],
      skipped: [],
      removals: 2,
      bytesFreed: 2 * SIZE,
    });
    expect(shelf.snapshot()).toEqual(before);
  });

  it('keeps the oldest, the newest, the shortest path, the one in a preferred folder or the one with metadata', async () => {
    const shelf = shelfFolder(['loras', 'more']);
    const [long, short, last] = ['loras/deep/down/m.safetensors', 'loras/m.safetensors', 'more/m2.safetensors'].map(
      (name) => shelf.put(name, weights('same')),
    );
    shelf.put('more/m2.metadata.json', sidecar({ notes: 'mine', size: 0, modified: 0 }));
    const library = await shelf.open();
    await library.digestAll();
    const kept = async (rule: KeepRule, preferredFolders: readonly string[] = []) =>
      (await library.dedupe.plan({ rule, preferredFolders })).groups[0]?.keep;
    expect(await kept('oldest')).toBe(long);
    expect(await kept('newest')).toBe(last);
    expect(await kept('shortest_path')).toBe(short);
    expect(await kept('with_metadata')).toBe(last);
    expect(await kept('preferred_folder', [shelf.at('more'), shelf.at('loras')])).toBe(last);
    expect(await kept('preferred_folder', ['loras-0:deep'])).toBe(long);
    await expect(kept('preferred_folder')).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(kept('preferred_folder', ['/etc'])).rejects.toMatchObject({ code: 'path_outside_roots' });
  });

  it('leaves groups alone of which no copy lies in a preferred folder', async () => {
    const { shelf, plan, hash } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    expect(await plan('preferred_folder', [shelf.at('more')])).toMatchObject({
      groups: [],
      skipped: [hash],
      removals: 0,
    });
  });

  it('P-9: names of one physical file are no duplicates', async () => {
    const shelf = shelfFolder(['loras', 'more']);
    const a = shelf.put('loras/a.safetensors', weights('same'));
    link(a, shelf.at('more/linked.safetensors'));
    const library = await shelf.open();
    await library.digestAll();
    expect(library.listed.duplicates({})).toHaveLength(1);
    expect((await library.dedupe.plan({ rule: 'oldest', preferredFolders: [] })).groups).toEqual([]);
    const twice = [shelf.put('loras/c.safetensors', weights('same'))];
    link(twice[0] ?? '', shelf.at('more/d.safetensors'));
    link(twice[0] ?? '', shelf.at('outside/d.safetensors'));
    await library.scan();
    await library.digestAll();
    const { groups } = await library.dedupe.plan({ rule: 'oldest', preferredFolders: [] });
    // A name outside the library remains: nothing is freed.
    expect(groups).toMatchObject([{ bytesFreed: 0 }]);
    expect(groups[0]?.remove).toHaveLength(2);
  });

  it('leaves out files that changed since their digest was computed, links, and digests that nobody computed', async () => {
    const { shelf, library, paths, plan } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    writeFileSync(paths[1] ?? '', weights('diff'));
    expect((await plan('oldest')).groups).toEqual([]);
    unlinkSync(paths[1] ?? '');
    symlinkSync(shelf.put('outside/b.safetensors', weights('same')), paths[1] ?? '');
    await library.scan();
    await library.digestAll();
    expect((await plan('oldest')).groups).toEqual([]);
    const stated = shelfFolder();
    for (const name of ['a', 'b']) {
      stated.put(`loras/${name}.safetensors`, weights('same'));
      stated.put(`loras/${name}.metadata.json`, sidecar({ size: 0, sha256: 'a'.repeat(64) }));
    }
    const other = await stated.open();
    expect((await other.dedupe.plan({ rule: 'oldest', preferredFolders: [] })).groups).toEqual([]);
  });
});

describe('applyDedupe', () => {
  it('P-9: duplicates go to the trash with what belongs to them, in one batch that brings them back', async () => {
    const { shelf, library, paths, plan } = await copies([
      'loras/a.safetensors',
      'more/b.safetensors',
      'loras/c.safetensors',
    ]);
    shelf.put('more/b.metadata.json', sidecar({ size: 0, notes: 'b', modified: 0 }));
    await library.scan();
    const before = [shelf.snapshot(), library.state()];
    const seen: unknown[] = [];
    const { groups } = await plan('oldest');
    const result = await library.dedupe.apply(groups, {
      action: 'trash',
      dryRun: false,
      onProgress: (at) => seen.push(at),
    });
    expect(result).toMatchObject({ status: 'success', removed: 2, bytesFreed: 2 * SIZE });
    expect(result.items.every(({ success, keep }) => success && keep === paths[0])).toBe(true);
    expect(seen).toEqual([{ done: 2, total: 2 }]);
    expect(library.paths()).toEqual(['loras/a.safetensors', 'loras/other.safetensors']);
    await library.trash.restore(result.batchId ?? '');
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('P-9: as hard links, every path stays and the bytes are there once', async () => {
    const { library, paths, plan } = await copies(['loras/a.safetensors', 'more/b.safetensors']);
    const [a = '', b = ''] = paths;
    const { groups } = await plan('oldest');
    const result = await library.dedupe.apply(groups, { action: 'hardlink', dryRun: false });
    expect(result).toMatchObject({ status: 'success', removed: 1, bytesFreed: SIZE, batchId: null });
    expect(statSync(a).ino).toBe(statSync(b).ino);
    expect(library.paths()).toEqual(['loras/a.safetensors', 'loras/other.safetensors', 'more/b.safetensors']);
    const state = library.state();
    await library.scan();
    expect(library.state()).toEqual(state);
    await library.digestAll();
    expect((await plan('oldest')).groups).toEqual([]);
  });

  it('P-9: what became a hard link has its digest without being read again', async () => {
    const { library, paths, plan } = await copies(['loras/a.safetensors', 'more/b.safetensors']);
    const { groups } = await plan('oldest');
    await library.dedupe.apply(groups, { action: 'hardlink', dryRun: false });
    expect(library.listed.pendingDigests()).toEqual([]);
    expect(paths.map((path) => library.row(path).digest)).toEqual(['computed', 'computed']);
  });

  it('a dry run reads everything and touches nothing', async () => {
    const { shelf, library, paths, plan } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    const { groups } = await plan('oldest');
    const before = [shelf.snapshot(), library.state()];
    const result = await library.dedupe.apply(groups, { action: 'trash', dryRun: true });
    expect(result).toMatchObject({ removed: 1, batchId: null, items: [{ file_path: paths[1], success: true }] });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it.each([
    ['the duplicate', 1],
    ['the file to be kept', 0],
  ])('P-9: both sides are read right before acting: %s that changed refuses', async (_, changed) => {
    const { library, paths, plan } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    const { groups } = await plan('oldest');
    const path = paths[changed] ?? '';
    const { mtimeMs } = statSync(path);
    // The same size and time: only the bytes tell.
    writeFileSync(path, weights('emas'));
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    const result = await library.dedupe.apply(groups, { action: 'trash', dryRun: false });
    expect(result).toMatchObject({
      removed: 0,
      batchId: null,
      items: [{ success: false, error: 'The file differs from the one to be kept.' }],
    });
    expect(paths.every((each) => existsSync(each))).toBe(true);
  });

  it.each([
    ['is gone', (path: string) => unlinkSync(path)],
    ['is a link now', (path: string, other: string) => (unlinkSync(path), symlinkSync(other, path))],
  ])('P-9: nothing is removed when the file to be kept %s', async (_, change) => {
    const { library, paths, plan } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    const { groups } = await plan('oldest');
    change(paths[0] ?? '', paths[1] ?? '');
    const result = await library.dedupe.apply(groups, { action: 'trash', dryRun: false });
    expect(result).toMatchObject({ removed: 0, items: [{ error: 'The file to be kept is not there.' }] });
    expect(readFileSync(paths[1] ?? '').equals(weights('same'))).toBe(true);
  });

  it('P-9: a file that somebody writes to while it is read refuses', async () => {
    let meanwhile: (path: string) => void = () => undefined;
    const { library, paths, plan } = await copies(['loras/a.safetensors', 'loras/b.safetensors'], {
      digest: async (path) => {
        const digest = sha256Of(path);
        meanwhile(path);
        return digest;
      },
    });
    const { groups } = await plan('oldest');
    for (const at of [0, 1]) {
      meanwhile = (path) => path === paths[at] && utimesSync(path, 5, 5 + at);
      expect(await library.dedupe.apply(groups, { action: 'hardlink', dryRun: false })).toMatchObject({ removed: 0 });
    }
    expect(statSync(paths[0] ?? '').ino).not.toBe(statSync(paths[1] ?? '').ino);
  });

  it('P-9: the last copy can never be removed', async () => {
    const { shelf, library, paths } = await copies(['loras/a.safetensors', 'loras/b.safetensors']);
    const [a = '', b = ''] = paths;
    const apply = (groups: { keep: string; remove: string[] }[]) =>
      library.dedupe.apply(groups, { action: 'trash', dryRun: false });
    const before = shelf.snapshot();
    for (const groups of [
      [{ keep: a, remove: [a] }],
      [{ keep: a, remove: [`${dirname(a)}/./a.safetensors`] }],
      [{ keep: a, remove: ['loras-0:a.safetensors'] }],
      [
        { keep: a, remove: [b] },
        { keep: b, remove: [a] },
      ],
      [{ keep: a, remove: [b, b] }],
    ]) {
      await expect(apply(groups)).rejects.toMatchObject({ code: 'validation_failed' });
    }
    await expect(apply([{ keep: a, remove: ['/etc/passwd'] }])).rejects.toMatchObject({ code: 'path_outside_roots' });
    expect(await apply([{ keep: a, remove: [shelf.at('loras/other.safetensors')] }])).toMatchObject({ removed: 0 });
    expect(shelf.snapshot()).toEqual(before);
    link(a, shelf.at('more/linked.safetensors'));
    await library.scan();
    expect(await apply([{ keep: a, remove: [shelf.at('more/linked.safetensors')] }])).toMatchObject({
      removed: 0,
      items: [{ error: 'It is the same file as the one to be kept.' }],
    });
  });

  it('ends between groups when it is cancelled, and says what was done', async () => {
    const shelf = shelfFolder();
    for (let group = 0; group < 4; group++) {
      for (const copy of ['a', 'b']) shelf.put(`loras/${copy}${String(group)}.safetensors`, weights(String(group)));
    }
    const library = await shelf.open();
    await library.digestAll();
    const { groups } = await library.dedupe.plan({ rule: 'oldest', preferredFolders: [] });
    const onProgress = () => library.dedupe.cancel();
    const result = await library.dedupe.apply(groups, { action: 'trash', dryRun: false, onProgress });
    expect(result).toMatchObject({ status: 'cancelled', removed: 1, items: [{ success: true }] });
    expect(library.paths()).toHaveLength(7);
  });

  it('P-9: whatever a client asks for, every content that was there is there afterwards', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'none');
    const group = fc.record({ keep: name, remove: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }) });
    const arbitrary = fc.record({
      contents: fc.tuple(...Array.from({ length: 5 }, () => fc.constantFrom('one', 'two'))),
      groups: fc.array(group, { minLength: 1, maxLength: 3 }),
      action: fc.constantFrom('trash' as const, 'hardlink' as const),
      linked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ contents, groups, action, linked }) => {
        const shelf = shelfFolder();
        const at = (each: string): string => shelf.at(`loras/${each}.safetensors`);
        for (const [index, content] of contents.entries()) {
          const file = 'abcde'[index] ?? '';
          if (file === 'e' && linked) link(at('a'), at('e'));
          else shelf.put(`loras/${file}.safetensors`, weights(content));
        }
        const library = await shelf.open();
        const there = new Set(Object.values(shelf.snapshot()));
        const asked = groups.map(({ keep, remove }) => ({ keep: at(keep), remove: remove.map(at) }));
        const before = library.paths().length;
        const result = await library.dedupe.apply(asked, { action, dryRun: false }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'validation_failed' });
          return undefined;
        });
        const models = Object.entries(shelf.snapshot()).filter(([path]) => !path.includes('.modelshelf/'));
        expect(new Set(models.map(([, content]) => content))).toEqual(there);
        expect(library.paths()).toEqual(models.map(([path]) => path).sort());
        const removed = action === 'trash' ? (result?.removed ?? 0) : 0;
        expect(library.paths()).toHaveLength(before - removed);
        await library.engine.close();
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  }, 120_000);
});

it('P-9: one file that two mounts of a drive show is never taken for a duplicate of itself', async () => {
  const shelf = shelfFolder(['loras', 'more']);
  // A drive that is mounted twice: the same file under two devices.
  const path = shelf.put('loras/m.safetensors', weights('same'));
  const seenAgain = shelf.at('more/m.safetensors');
  link(path, seenAgain);
  const files: FileOperations = {
    ...nodeFileOperations,
    lstat: async (at) => {
      const status = await nodeFileOperations.lstat(at);
      if (at.startsWith(shelf.at('more/'))) status.dev += 1;
      return status;
    },
  };
  const library = await shelf.open({ files });
  await library.digestAll();
  for (const action of ['trash', 'hardlink'] as const) {
    const result = await library.dedupe.apply([{ keep: path, remove: [seenAgain] }], { action, dryRun: false });
    expect(result.items.map(({ success }) => success)).toEqual([false]);
  }
  expect(existsSync(seenAgain)).toBe(true);
  expect((await library.dedupe.plan({ rule: 'oldest', preferredFolders: [] })).removals).toBe(0);
});
