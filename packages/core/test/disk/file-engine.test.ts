import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileEngine } from '../../src/disk/file-engine.js';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';
import {
  counting,
  DEAD_AT_ONCE,
  engineOn,
  failure,
  quick,
  SCENES,
  stageIn,
  treeOf,
  twoDevices,
  unsettled,
  withoutLinks,
  type Stage,
} from './plan-stage.js';
import { put, tempFolder } from './temp-library.js';

const dies = (when: number, files: FileOperations = quick): FileOperations =>
  counting(files, (call) => {
    if (call >= when) throw failure('EIO');
  });
const stage = (): Stage => stageIn(tempFolder());
const move = (from: string, to: string) => ({ kind: 'move', moves: [{ from, to }] });

describe('a plan', () => {
  it('moves a file without touching its bytes, its time or its number', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    const { ino, mtimeMs } = statSync(path);
    await engineOn(on).run(move(path, `${on.a}/sub/folder/n.safetensors`));
    expect(statSync(`${on.a}/sub/folder/n.safetensors`)).toMatchObject({ ino, mtimeMs });
    expect(treeOf(on)).toEqual({
      a: 'folder',
      b: 'folder',
      'a/sub': 'folder',
      'a/sub/folder': 'folder',
      'a/sub/folder/n.safetensors': 'model',
    });
  });

  it('what is at the target is never overwritten, whatever its bytes, and everything stays as it was', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    put(on.a, 'n.safetensors', 'model');
    const before = treeOf(on);
    const plan = { ...move(path, `${on.a}/n.safetensors`), creates: [{ path: `${on.a}/new/x`, content: '' }] };
    await expect(engineOn(on).run(plan)).rejects.toMatchObject({ code: 'conflict' });
    expect(treeOf(on)).toEqual(before);
  });

  it.each([
    ['with', quick],
    ['without', withoutLinks(quick)],
  ])(
    'what is at the target is never overwritten, also when it appears after the plan was made, %s hard links',
    async (_, files) => {
      const on = stage();
      const path = put(on.a, 'm.safetensors', 'model');
      const target = `${on.a}/new/n.safetensors`;
      const foreign: FileOperations = {
        ...files,
        mkdir: async (folder) => {
          await files.mkdir(folder);
          if (folder === `${on.a}/new`) writeFileSync(target, 'foreign');
        },
      };
      await expect(engineOn(on, foreign).run(move(path, target))).rejects.toMatchObject({ code: 'conflict' });
      expect(readFileSync(path, 'utf8')).toBe('model');
      expect(readFileSync(target, 'utf8')).toBe('foreign');
      expect(unsettled(on).filter((name) => name.includes('.'))).toEqual([]);
    },
  );

  it('W-W17: a move to another device is copied under a temporary name, compared and flushed before it gets its name, and keeps its time', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    const { mtimeMs } = statSync(path);
    const seen: string[] = [];
    const disk = twoDevices(on, quick);
    const files: FileOperations = {
      ...disk,
      copyNew: async (from, to) => {
        await disk.copyNew(from, to);
        seen.push(existsSync(`${on.b}/m.safetensors`) ? 'named too early' : 'copied');
      },
      sync: async (file) => {
        if (file.startsWith(on.b)) seen.push('flushed');
        await disk.sync(file);
      },
      link: async (from, to) => {
        await disk.link(from, to);
        if (to === `${on.b}/m.safetensors`) seen.push('named');
      },
    };
    await engineOn(on, files).run(move(path, `${on.b}/m.safetensors`));
    expect(seen).toEqual(['copied', 'flushed', 'named']);
    expect(treeOf(on)).toEqual({ a: 'folder', b: 'folder', 'b/m.safetensors': 'model' });
    expect(Math.abs(statSync(`${on.b}/m.safetensors`).mtimeMs - mtimeMs)).toBeLessThan(2);
  });

  it('W-W17: a copy to another device that differs from its source is never given the name, and the source stays', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    const before = treeOf(on);
    const disk = twoDevices(on, quick);
    const copyNew = async (_: string, to: string): Promise<void> => writeFileSync(to, 'mOdel');
    await expect(engineOn(on, { ...disk, copyNew }).run(move(path, `${on.b}/m.safetensors`))).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect(treeOf(on)).toEqual(before);
  });

  it.skipIf(!existsSync('/dev/shm'))('moves between real devices', async () => {
    const on = stage();
    const away = { ...on, b: tempFolder('/dev/shm') };
    const path = put(on.a, 'm.safetensors', 'model');
    await engineOn(away).run(move(path, `${away.b}/sub/m.safetensors`));
    expect(treeOf(away)).toEqual({ a: 'folder', b: 'folder', 'b/sub': 'folder', 'b/sub/m.safetensors': 'model' });
  });

  it('W-W18: moves a link as a link, which leads where it led', async () => {
    const on = stage();
    const target = put(on.folder, 'elsewhere/m.safetensors', 'model');
    symlinkSync('../elsewhere/m.safetensors', `${on.a}/relative.safetensors`);
    symlinkSync(target, `${on.a}/absolute.safetensors`);
    symlinkSync('nowhere', `${on.a}/dead.safetensors`);
    const moves = ['relative', 'absolute', 'dead'].map((name) => ({
      from: `${on.a}/${name}.safetensors`,
      to: `${on.b}/x/${name}.safetensors`,
    }));
    await engineOn(on).run({ kind: 'move', moves });
    expect(readFileSync(`${on.b}/x/relative.safetensors`, 'utf8')).toBe('model');
    expect(readlinkSync(`${on.b}/x/relative.safetensors`)).toBe('../../elsewhere/m.safetensors');
    expect(readlinkSync(`${on.b}/x/absolute.safetensors`)).toBe(target);
    expect(readlinkSync(`${on.b}/x/dead.safetensors`)).toBe('../../a/nowhere');
    expect(readdirSync(on.a)).toEqual([]);
    expect(readFileSync(target, 'utf8')).toBe('model');
  });

  it('renames in case only where case makes no other file', async () => {
    const on = stage();
    const path = put(on.a, 'Model.safetensors', 'model');
    // What a system says to which both names are one.
    const folded = (name: string): string => (name === `${on.a}/model.safetensors` ? current() : name);
    const current = (): string => join(on.a, readdirSync(on.a).find((name) => /^model/i.test(name)) ?? '');
    const files: FileOperations = {
      ...quick,
      lstat: (name) => quick.lstat(folded(name)),
      link: (from, to) => (existsSync(folded(to)) ? Promise.reject(failure('EEXIST')) : quick.link(from, to)),
    };
    const plan = move(path, `${on.a}/model.safetensors`);
    await engineOn(on, files).run(plan);
    expect(readdirSync(on.a)).toEqual(['model.safetensors']);
    // Where both are files of their own, one is in the way of the other.
    put(on.a, 'Model.safetensors', 'another');
    await expect(engineOn(on).run(plan)).rejects.toMatchObject({ code: 'conflict' });
    expect(readdirSync(on.a).sort()).toEqual(['Model.safetensors', 'model.safetensors']);
  });

  it('removes folders only when they are empty, and never a root or what is above it', async () => {
    const on = stage();
    const path = put(on.a, 'x/y/m.safetensors', 'model');
    put(on.a, 'kept/note.txt', 'mine');
    const emptied = [`${on.a}/x`, `${on.a}/x/y`, `${on.a}/kept`, on.a, on.b, on.folder];
    await engineOn(on).run({ ...move(path, `${on.a}/m.safetensors`), emptied });
    expect(Object.keys(treeOf(on))).toEqual(['a', 'a/kept', 'a/kept/note.txt', 'a/m.safetensors', 'b']);
  });

  it('refuses what lies outside the roots, what is a folder, what is gone and what is named twice, before anything is touched', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    const outside = put(on.folder, 'outside.txt', 'x');
    const before = treeOf(on);
    const engine = engineOn(on);
    const codeOf = (plan: Parameters<FileEngine['run']>[0]) =>
      engine.run(plan).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    expect(await codeOf(move(path, `${on.folder}/x`))).toBe('path_outside_roots');
    expect(await codeOf(move(outside, `${on.a}/x`))).toBe('path_outside_roots');
    expect(await codeOf({ kind: 'x', discards: [`${on.a}/../outside.txt`] })).toBe('path_outside_roots');
    expect(await codeOf({ kind: 'x', discards: [on.a] })).toBe('path_outside_roots');
    mkdirSync(`${on.a}/folder`);
    expect(await codeOf(move(`${on.a}/folder`, `${on.a}/other`))).toBe('conflict');
    expect(await codeOf({ kind: 'x', discards: [`${on.a}/folder`] })).toBe('conflict');
    expect(await codeOf(move(path, `${on.a}/m.safetensors/x`))).toBe('conflict');
    expect(await codeOf(move(`${on.a}/gone`, `${on.a}/x`))).toBe('not_found');
    expect(await codeOf({ kind: 'x', moves: [{ from: path, to: `${on.a}/x` }], discards: [path] })).toBe('conflict');
    expect(await codeOf({ kind: 'x', creates: ['1', '2'].map((content) => ({ path: `${on.a}/x`, content })) })).toBe(
      'conflict',
    );
    rmSync(`${on.a}/folder`, { recursive: true });
    expect(treeOf(on)).toEqual(before);
    rmSync(on.b, { recursive: true });
    expect(await codeOf(move(path, `${on.b}/m.safetensors`))).toBe('storage_unavailable');
    expect(existsSync(on.b)).toBe(false);
  });

  it('is undone when its signal aborts between two steps, and then rejects with cancelled', async () => {
    const on = stage();
    const scene = SCENES[0];
    scene?.layOut(on);
    const before = treeOf(on);
    for (let at = 0; at < 40; at += 3) {
      const abort = new AbortController();
      const files = counting(quick, (call) => call === at && abort.abort());
      const run = scene && engineOn(on, files).run(scene.plan(on), { signal: abort.signal });
      const end = await run?.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
      if (end === 'done') break;
      expect(end).toBe('cancelled');
      expect(treeOf(on)).toEqual(before);
    }
  });

  it('keeps what another program wrote to a file that is to be rewritten', async () => {
    const on = stage();
    const path = put(on.a, 'm.metadata.json', '{"n":1}');
    const model = put(on.a, 'm.safetensors', 'model');
    const files: FileOperations = {
      ...quick,
      link: async (from, to) => {
        if (from === model) writeFileSync(path, '{"n":"theirs"}');
        await quick.link(from, to);
      },
    };
    const plan = { ...move(model, `${on.a}/n.safetensors`), rewrites: [{ path, content: '{"n":2}' }] };
    await expect(engineOn(on, files).run(plan)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(path, 'utf8')).toBe('{"n":"theirs"}');
    expect(existsSync(model)).toBe(true);
  });
});

describe('recovery', () => {
  it('never removes or overwrites what appeared meanwhile, and loses no file', async () => {
    const folder = tempFolder();
    for (const [number, scene] of SCENES.entries()) {
      for (let at = 5 + number; at < 60; at += 7) {
        const place = join(folder, `${String(number)}-${String(at)}`);
        mkdirSync(place);
        const on = stageIn(place);
        scene.layOut(on);
        const originals = Object.values(treeOf(on));
        const disk = at % 2 === 0 ? twoDevices(on, quick) : quick;
        const plan = scene.plan(on);
        const isDone = await engineOn(on, dies(at, disk), { times: DEAD_AT_ONCE })
          .run(plan)
          .then(
            () => true,
            () => false,
          );
        const named = [
          ...(plan.moves ?? []).flatMap(({ from, to }) => [from, to]),
          ...(plan.creates ?? []).map(({ path }) => path),
        ];
        const foreign = named.filter(
          (path, n) => n % 2 === at % 2 && !existsSync(path) && existsSync(join(path, '..')),
        );
        for (const path of foreign) writeFileSync(path, `foreign ${path}`);
        const { finished } = await engineOn(on, disk, { times: DEAD_AT_ONCE }).recover();
        for (const path of foreign)
          expect([scene.name, at, readFileSync(path, 'utf8')]).toEqual([scene.name, at, `foreign ${path}`]);
        const contents = Object.values(treeOf(on));
        const lost = originals.filter((content) => !content.startsWith('->') && !contents.includes(content));
        if (!isDone && finished === 0) expect([scene.name, at, lost]).toEqual([scene.name, at, []]);
      }
    }
  });

  it('waits for a root that is away, and refuses other plans over the same files until then', async () => {
    const on = stage();
    const path = put(on.b, 'm.safetensors', 'model');
    put(on.b, 'm.metadata.json', '{}');
    const plan = {
      kind: 'move',
      moves: ['safetensors', 'metadata.json'].map((end) => ({ from: `${on.b}/m.${end}`, to: `${on.b}/x/m.${end}` })),
    };
    const before = treeOf(on);
    let calls = 0;
    await engineOn(
      on,
      counting(quick, (_, name) => {
        if (name === 'link' && ++calls > 1) throw failure('EIO');
        if (calls > 1) throw failure('EIO');
      }),
      { times: DEAD_AT_ONCE },
    )
      .run(plan)
      .catch(() => undefined);
    expect(treeOf(on)).not.toEqual(before);
    renameSync(on.b, `${on.folder}/unplugged`);
    const engine = engineOn(on, quick, { times: DEAD_AT_ONCE });
    expect(await engine.recover()).toEqual({ undone: 0, finished: 0, waiting: 1, paths: [] });
    // The place where it is mounted is there, and empty.
    mkdirSync(on.b);
    expect(await engine.recover()).toMatchObject({ waiting: 1 });
    await expect(engine.run(plan)).rejects.toMatchObject({ message: expect.stringContaining('cut short') });
    rmSync(on.b, { recursive: true });
    renameSync(`${on.folder}/unplugged`, on.b);
    const report = await engine.recover();
    expect(report).toMatchObject({ undone: 1, waiting: 0 });
    expect(report.paths).toContain(path);
    expect(treeOf(on)).toEqual(before);
    await engine.close();
  });

  it('of a plan that could not be undone when it failed is tried again before the next plan over its files', async () => {
    const on = stage();
    SCENES[0]?.layOut(on);
    const before = treeOf(on);
    const plan = SCENES[0]?.plan(on) ?? { kind: '' };
    let broken = false;
    let links = 0;
    const files = counting(quick, (_, name) => {
      if (name === 'link' && ++links === 3) broken = true;
      if (broken) throw failure('EIO');
    });
    const engine = engineOn(on, files);
    await expect(engine.run(plan)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(treeOf(on)).not.toEqual(before);
    await expect(engine.run(plan)).rejects.toMatchObject({ code: 'storage_unavailable' });
    broken = false;
    await engine.run({
      kind: 'move',
      moves: [{ from: `${on.a}/x/other.safetensors`, to: `${on.a}/x/free.safetensors` }],
    });
    await engine.run(plan);
    expect(readFileSync(`${on.a}/x/new.safetensors`, 'utf8')).toBe('model');
    await engine.close();
    expect(unsettled(on)).toEqual([]);
  });

  it('sets an entry aside that cannot be read, tells it, and leaves one of a newer version where it is', async () => {
    const on = stage();
    const session = join(on.dataDir, 'journal', 'dead');
    put(session, 'aaa.intent.json', '{"format":1,"half');
    put(session, 'bbb.done.json', '{"format":1,"id":"bbb"}');
    put(session, 'ccc.intent.json', '{"format":2,"id":"ccc"}');
    put(session, '.x.modelshelf-tmp', 'half');
    const told: string[] = [];
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (message: string) => void told.push(message),
    };
    const engine = engineOn(on, quick, { logger });
    expect(await engine.recover()).toMatchObject({ waiting: 1 });
    expect(told).toHaveLength(2);
    expect(unsettled(on).sort()).toEqual([
      'dead',
      'dead/ccc.intent.json',
      'unreadable',
      'unreadable/dead-aaa.intent.json',
      'unreadable/dead-bbb.done.json',
    ]);
  });

  it('is left to whoever took the session over: this process begins a new one', async () => {
    const on = stage();
    const engine = engineOn(on);
    for (const name of ['one', 'two']) {
      await engine.run(move(put(on.a, `${name}.safetensors`, name), `${on.b}/${name}.safetensors`));
      rmSync(join(on.dataDir, 'journal'), { recursive: true });
    }
    expect(readdirSync(on.b)).toEqual(['one.safetensors', 'two.safetensors']);
    await engine.close();
  });

  it('leaves the plans of a living process alone', async () => {
    const on = stage();
    const path = put(on.a, 'm.safetensors', 'model');
    let pause: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const atLink = new Promise<void>((resolve) => (reached = resolve));
    const files: FileOperations = {
      ...quick,
      unlink: async (file) => {
        if (file === path) {
          reached();
          await new Promise<void>((resolve) => (pause = resolve));
        }
        await quick.unlink(file);
      },
    };
    const [one, other] = [engineOn(on, files), engineOn(on)];
    const run = one.run(move(path, `${on.a}/n.safetensors`));
    await atLink;
    expect(await other.recover()).toEqual({ undone: 0, finished: 0, waiting: 0, paths: [] });
    expect(await one.recover()).toEqual({ undone: 0, finished: 0, waiting: 0, paths: [] });
    pause();
    await run;
    expect(readdirSync(on.a)).toEqual(['n.safetensors']);
    await Promise.all([one.close(), other.close()]);
  });
});

describe('history', () => {
  const note = { kind: 'auto-organize', summary: 'Two models', data: { run: 'r1' } };

  it('keeps an applied plan with its note for 30 days, and takes it back', async () => {
    const on = stage();
    const scene = SCENES[2];
    scene?.layOut(on);
    const before = treeOf(on);
    let now = Date.now();
    const engine = engineOn(on, nodeFileOperations, { now: () => now });
    await engine.run(scene?.plan(on) ?? { kind: '' }, { history: note });
    const [entry] = await engine.history.list();
    expect(entry).toMatchObject({ note, appliedAt: now, moves: [{ to: `${on.b}/base/tag/one.safetensors` }, {}, {}] });
    const undo = await engine.history.undoPlanOf(entry?.id ?? '');
    expect(undo.left).toEqual([]);
    await engine.run(undo);
    await engine.history.forget(entry?.id ?? '');
    expect(await engine.history.list()).toEqual([]);
    expect(treeOf(on)).toEqual(before);

    await engine.run({ kind: 'x', creates: [{ path: `${on.a}/new.txt`, content: 'x' }] }, { history: note });
    now += 31 * 24 * 3_600_000;
    expect(await engine.history.list()).toEqual([]);
    await engine.recover();
    expect(readdirSync(join(on.dataDir, 'history'))).toEqual([]);
    await expect(engine.history.undoPlanOf('../../x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leaves what was edited since as it is', async () => {
    const on = stage();
    put(on.a, 'm.safetensors', 'model');
    put(on.a, 'm.metadata.json', '{"n":1}');
    const engine = engineOn(on);
    await engine.run(
      {
        kind: 'move',
        moves: ['safetensors', 'metadata.json'].map((end) => ({ from: `${on.a}/m.${end}`, to: `${on.b}/m.${end}` })),
        rewrites: [{ path: `${on.b}/m.metadata.json`, content: '{"n":2}' }],
        creates: [{ path: `${on.b}/new.txt`, content: 'new' }],
      },
      { history: note },
    );
    writeFileSync(`${on.b}/m.metadata.json`, '{"n":2,"notes":"mine"}');
    writeFileSync(`${on.b}/new.txt`, 'edited');
    const [entry] = await engine.history.list();
    const undo = await engine.history.undoPlanOf(entry?.id ?? '');
    expect(undo.left.toSorted()).toEqual([`${on.b}/m.metadata.json`, `${on.b}/new.txt`]);
    await engine.run(undo);
    expect(treeOf(on)).toEqual({
      a: 'folder',
      'a/m.metadata.json': '{"n":2,"notes":"mine"}',
      'a/m.safetensors': 'model',
      b: 'folder',
      'b/new.txt': 'edited',
    });
  });
});

it('plans over different files run at the same time, and close waits for them', async () => {
  const on = stage();
  const moves = Array.from({ length: 20 }, (_, n) =>
    move(put(on.a, `m${String(n)}.safetensors`, String(n)), `${on.b}/x/m${String(n)}.safetensors`),
  );
  const engine = engineOn(on);
  const runs = Promise.all(moves.map((plan) => engine.run(plan)));
  await engine.close();
  await runs;
  expect(readdirSync(`${on.b}/x`)).toHaveLength(20);
  expect(unsettled(on)).toEqual([]);
  await expect(engine.run({ kind: 'x' })).rejects.toMatchObject({ code: 'library_closed' });
});
