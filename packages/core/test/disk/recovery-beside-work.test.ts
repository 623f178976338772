import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';
import { DEAD_AT_ONCE, engineOn, failure, quick, stageIn, treeOf, unsettled, type Stage } from './plan-stage.js';
import { put, tempFolder } from './temp-library.js';

/** Something that happens once. */
function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

const never = new Promise<never>(() => undefined);

/** A disk that stops for good at the first call that matches: the process is killed there. */
function killedAt(matches: (name: string, path: string) => boolean): { files: FileOperations; killed: Promise<void> } {
  let tell = (): void => undefined;
  const killed = new Promise<void>((resolve) => (tell = resolve));
  let isDead = false;
  const files: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries(quick) as [string, (...v: unknown[]) => Promise<unknown>][]) {
    files[name] = async (...values: unknown[]): Promise<unknown> => {
      if (!isDead && matches(name, String(values.at(name === 'rename' || name === 'link' ? 1 : 0)))) {
        isDead = true;
        tell();
      }
      return isDead ? never : operation(...values);
    };
  }
  return { files: files as unknown as FileOperations, killed };
}

function renamed(stage: Stage) {
  put(stage.a, 'old.safetensors', 'model');
  put(stage.a, 'old.metadata.json', 'notes');
  return {
    kind: 'rename',
    moves: [{ from: `${stage.a}/old.safetensors`, to: `${stage.a}/new.safetensors` }],
    creates: [{ path: `${stage.a}/new.metadata.json`, content: 'notes of new' }],
    discards: [`${stage.a}/old.metadata.json`],
  };
}

it('a recovery that read the journal while a plan ran does not undo that plan when it has ended meanwhile', async () => {
  const stage = stageIn(tempFolder());
  const plan = renamed(stage);
  const [reached, resumed] = [signal(), signal()];
  const journalRead = signal();
  const goOn = signal();
  let reads = 0;
  const engine = engineOn(stage, {
    ...quick,
    rename: async (from, to) => {
      if (to.endsWith('.done.json') && reads === 0) {
        reached.resolve();
        await resumed.promise;
      }
      return quick.rename(from, to);
    },
    readFile: async (path) => {
      const bytes = await quick.readFile(path);
      if (path.endsWith('.intent.json') && reads++ === 0) {
        journalRead.resolve();
        await goOn.promise;
      }
      return bytes;
    },
  });
  const running = engine.run(plan);
  await reached.promise;
  const recovering = engine.recover();
  await journalRead.promise;
  resumed.resolve();
  await running;
  const after = treeOf(stage);
  goOn.resolve();
  await recovering;
  expect(treeOf(stage)).toEqual(after);
  expect(after['a/new.metadata.json']).toBe('notes of new');
  await engine.close();
});

it('a plan that ends while a recovery lists the journal makes that recovery fail in nothing', async () => {
  const stage = stageIn(tempFolder());
  const listed = signal();
  const goOn = signal();
  const [reached, resumed] = [signal(), signal()];
  const engine = engineOn(stage, {
    ...quick,
    rename: async (from, to) => {
      if (to.endsWith('.done.json')) {
        reached.resolve();
        await resumed.promise;
      }
      return quick.rename(from, to);
    },
    readdir: async (path) => {
      const names = await quick.readdir(path);
      if (names.some((name) => name.endsWith('.intent.json'))) {
        listed.resolve();
        await goOn.promise;
      }
      return names;
    },
  });
  const running = engine.run(renamed(stage));
  await reached.promise;
  const recovering = engine.recover();
  await listed.promise;
  resumed.resolve();
  await running;
  goOn.resolve();
  await expect(recovering).resolves.toMatchObject({ undone: 0, waiting: 0 });
  await engine.close();
});

async function killedMidway(stage: Stage, more: Partial<FileOperations> = {}): Promise<Record<string, string>> {
  const plan = renamed(stage);
  const before = treeOf(stage);
  const { files, killed } = killedAt((name, path) => name === 'unlink' && path.endsWith('old.safetensors'));
  void engineOn(stage, { ...files, ...more }, { times: DEAD_AT_ONCE }).run(plan);
  await killed;
  expect(treeOf(stage)).not.toEqual(before);
  return before;
}

it('a session of the journal that cannot be opened does not keep the others from being recovered', async () => {
  for (const name of ['0-first', 'zz-last']) {
    const stage = stageIn(tempFolder());
    const before = await killedMidway(stage);
    const foreign = join(stage.dataDir, 'journal', name);
    mkdirSync(foreign);
    const files: FileOperations = {
      ...quick,
      writeNew: (path, ...rest) =>
        path.startsWith(foreign) ? Promise.reject(failure('EACCES')) : quick.writeNew(path, ...rest),
    };
    const engine = engineOn(stage, files, { times: DEAD_AT_ONCE });
    expect(await engine.recover()).toMatchObject({ undone: 1 });
    expect(treeOf(stage)).toEqual(before);
    await engine.close();
  }
});

it('a history that cannot be read does not keep the journal from being recovered', async () => {
  const stage = stageIn(tempFolder());
  const before = await killedMidway(stage);
  const files: FileOperations = {
    ...quick,
    readdir: (path) => (path.endsWith('/history') ? Promise.reject(failure('EACCES')) : quick.readdir(path)),
  };
  const engine = engineOn(stage, files, { times: DEAD_AT_ONCE });
  expect(await engine.recover()).toMatchObject({ undone: 1 });
  expect(treeOf(stage)).toEqual(before);
  await engine.close();
});

/** Old preview and old notes are put aside, new ones are there, and the mark is missing. */
async function killedWithDiscards(stage: Stage, folder: string) {
  const plan = {
    kind: 'replace-preview',
    discards: [put(folder, 'm.png', 'old image'), put(folder, 'm.metadata.json', 'old notes')],
    creates: [
      { path: `${folder}/m.webp`, content: 'image' },
      { path: `${folder}/m2.webp`, content: 'image' },
    ],
  };
  const { files, killed } = killedAt((name, path) => name === 'link' && path.endsWith('m2.webp'));
  void engineOn(stage, files, { times: DEAD_AT_ONCE }).run(plan);
  await killed;
  expect(existsSync(`${folder}/m.png`)).toBe(false);
}

it('a mount point that holds nothing but our own folder is a root that is away', async () => {
  const stage = stageIn(tempFolder());
  await killedWithDiscards(stage, stage.a);
  renameSync(stage.a, `${stage.a}-drive`);
  mkdirSync(join(stage.a, '.modelshelf'), { recursive: true });
  const engine = engineOn(stage, quick, { times: DEAD_AT_ONCE });
  expect(await engine.recover()).toMatchObject({ undone: 0, waiting: 1 });
  rmSync(stage.a, { recursive: true });
  renameSync(`${stage.a}-drive`, stage.a);
  expect(await engine.recover()).toMatchObject({ undone: 1, waiting: 0 });
  expect(treeOf(stage)).toEqual({ a: 'folder', b: 'folder', 'a/m.png': 'old image', 'a/m.metadata.json': 'old notes' });
  await engine.close();
});

it('a drive that is mounted below a root and away now is waited for', async () => {
  const stage = stageIn(tempFolder());
  const drive = join(stage.a, 'drive');
  mkdirSync(drive);
  // As another device would tell its folders.
  const asOtherDevice = (files: FileOperations): FileOperations => ({
    ...files,
    stat: async (path) => {
      const status = await files.stat(path);
      if (path.startsWith(drive) && !existsSync(`${drive}-away`)) status.dev += 1;
      return status;
    },
  });
  const plan = {
    kind: 'replace-preview',
    discards: [put(drive, 'm.png', 'old image')],
    creates: [
      { path: `${drive}/m.webp`, content: 'image' },
      { path: `${drive}/m2.webp`, content: 'image' },
    ],
  };
  const { files, killed } = killedAt((name, path) => name === 'link' && path.endsWith('m2.webp'));
  void engineOn(stage, asOtherDevice(files), { times: DEAD_AT_ONCE }).run(plan);
  await killed;
  renameSync(drive, `${drive}-away`);
  mkdirSync(drive);
  const engine = engineOn(stage, asOtherDevice(quick), { times: DEAD_AT_ONCE });
  expect(await engine.recover()).toMatchObject({ undone: 0, waiting: 1 });
  rmSync(drive, { recursive: true });
  renameSync(`${drive}-away`, drive);
  expect(await engine.recover()).toMatchObject({ undone: 1, waiting: 0 });
  expect(readdirSync(drive)).toEqual(['m.png']);
  await engine.close();
});

it('an undo that fails at a file that was moved and rewritten loses neither of its contents, and is repeated', async () => {
  const stage = stageIn(tempFolder());
  writeFileSync(`${stage.a}/m.json`, 'old notes');
  put(stage.a, 'late.txt', 'late');
  mkdirSync(join(stage.b, 'in'));
  const before = treeOf(stage);
  let isBroken = true;
  const files: FileOperations = {
    ...quick,
    rename: async (from, to) => {
      // The old text does not come back, once.
      if (isBroken && to.endsWith('in/m.json') && existsSync(to) && readFileSync(to, 'utf8') === 'new notes') {
        isBroken = false;
        throw failure('EIO');
      }
      return quick.rename(from, to);
    },
    syncFolder: async (path) => {
      if (isBroken && path.endsWith('/in')) throw failure('EIO');
      return quick.syncFolder(path);
    },
  };
  const engine = engineOn(stage, files, { times: DEAD_AT_ONCE });
  const plan = {
    kind: 'undo-organise',
    moves: [{ from: `${stage.a}/m.json`, to: `${stage.b}/in/m.json` }],
    creates: [{ path: `${stage.b}/in/new.txt`, content: 'new' }],
    rewrites: [{ path: `${stage.b}/in/m.json`, content: 'new notes' }],
  };
  await expect(engine.run(plan)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await engine.recover()).toMatchObject({ undone: 1 });
  expect(treeOf(stage)).toEqual(before);
  expect(unsettled(stage).filter((name) => name.endsWith('.json'))).toEqual([]);
  await engine.close();
});

it('an undo leaves a file alone that somebody else made with the bytes that were to be written', async () => {
  const stage = stageIn(tempFolder());
  put(stage.a, 'other.txt', 'x');
  const path = `${stage.a}/m.metadata.json`;
  const engine = engineOn(stage, {
    ...quick,
    link: async (from, to) => {
      if (to === path && !existsSync(path)) put(stage.a, 'm.metadata.json', 'notes');
      return quick.link(from, to);
    },
  });
  await expect(engine.run({ kind: 'create', creates: [{ path, content: 'notes' }] })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(treeOf(stage)).toMatchObject({ 'a/m.metadata.json': 'notes' });
  expect(readdirSync(stage.a).filter((name) => name.endsWith('-tmp'))).toEqual([]);
  await engine.close();
});

it('the folder of the journal is on disk before the first plan touches a file', async () => {
  const stage = stageIn(tempFolder());
  const calls: string[] = [];
  const engine = engineOn(stage, {
    ...nodeFileOperations,
    syncFolder: async (path) => {
      calls.push(`sync ${path}`);
      return nodeFileOperations.syncFolder(path);
    },
    link: async (from, to) => {
      calls.push('link');
      return nodeFileOperations.link(from, to);
    },
  });
  await engine.run(renamed(stage));
  const first = calls.indexOf('link');
  expect(calls.slice(0, first)).toEqual(
    expect.arrayContaining([`sync ${stage.dataDir}`, `sync ${stage.dataDir}/journal`]),
  );
  await engine.close();
});

/** A disk where case makes no other file: what is there is found under any spelling, a new name keeps its own. */
function withoutCase(files: FileOperations): FileOperations {
  const spelt = (path: string): string => {
    const at = path.lastIndexOf('/');
    const [folder, name] = [path.slice(0, at), path.slice(at + 1)];
    const found = existsSync(folder)
      ? readdirSync(folder).find((n) => n.toLowerCase() === name.toLowerCase())
      : undefined;
    return found === undefined ? path : `${folder}/${found}`;
  };
  return {
    ...files,
    lstat: (path) => files.lstat(spelt(path)),
    stat: (path) => files.stat(spelt(path)),
    readFile: (path) => files.readFile(spelt(path)),
    unlink: (path) => files.unlink(spelt(path)),
    link: (from, to) => files.link(spelt(from), spelt(to)),
    sha256: (path) => files.sha256(spelt(path)),
    writeNew: (path, ...rest) => files.writeNew(spelt(path), ...rest),
    rename: (from, to) => files.rename(spelt(from), spelt(to) === spelt(from) ? to : spelt(to)),
  };
}

it('a model with a sidecar gets another spelling of its name where case makes no other file, or stays as it was', async () => {
  for (const isBroken of [false, true]) {
    const stage = stageIn(tempFolder());
    put(stage.a, 'Ink.safetensors', 'model');
    put(stage.a, 'Ink.metadata.json', 'notes');
    const before = treeOf(stage);
    const files = withoutCase(quick);
    const engine = engineOn(stage, {
      ...files,
      syncFolder: (path) => (isBroken && path === stage.a ? Promise.reject(failure('EIO')) : files.syncFolder(path)),
    });
    const running = engine.run({
      kind: 'rename',
      moves: [{ from: `${stage.a}/Ink.safetensors`, to: `${stage.a}/ink.safetensors` }],
      creates: [{ path: `${stage.a}/ink.metadata.json`, content: 'notes of ink' }],
      discards: [`${stage.a}/Ink.metadata.json`],
    });
    if (isBroken) await expect(running).rejects.toMatchObject({ code: 'storage_unavailable' });
    else await running;
    const after = { ...before, 'a/ink.safetensors': 'model', 'a/ink.metadata.json': 'notes of ink' };
    const { 'a/Ink.safetensors': _, 'a/Ink.metadata.json': __, ...renamedTree } = after as Record<string, string>;
    expect(treeOf(stage)).toEqual(isBroken ? before : renamedTree);
    await engine.close();
  }
});
