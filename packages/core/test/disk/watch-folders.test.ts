import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { watchFolders, type FolderWatch } from '../../src/disk/watch-folders.js';
import { createWatchedNames } from '../../src/disk/watch-names.js';
import { put, tempFolder } from './temp-library.js';

const isWatchedName = createWatchedNames(['.safetensors']);

async function watching(folder: string, signal = new AbortController().signal) {
  const heard: string[] = [];
  const errors: unknown[] = [];
  const watch: FolderWatch = await watchFolders([folder], {
    skippedFolders: ['.lm-pending-delete'],
    isWatchedName,
    signal,
    onChange: (path) => heard.push(path),
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => watch.close());
  /** Waits until something is heard of this path, and forgets everything heard. */
  const hears = async (path: string): Promise<void> => {
    await vi.waitFor(() => expect(heard).toContain(path), { timeout: 5000 });
    await sleep(50);
    heard.length = 0;
  };
  return { watch, heard, errors, hears };
}

/** How many watches this process holds, as Linux counts them. */
function inotifyWatches(): number {
  const texts = readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      return '';
    }
  });
  return texts.join('\n').match(/^inotify/gm)?.length ?? 0;
}

describe('watchFolders', () => {
  it('hears of files that are new, changed, renamed and gone, in folders old and new', async () => {
    const folder = tempFolder();
    const old = put(folder, 'sub/old.safetensors');
    const { hears } = await watching(folder);
    await hears(put(folder, 'new.safetensors'));
    appendFileSync(old, 'more');
    await hears(old);
    renameSync(old, join(folder, 'sub/renamed.safetensors'));
    await hears(join(folder, 'sub/renamed.safetensors'));
    rmSync(join(folder, 'sub/renamed.safetensors'));
    await hears(join(folder, 'sub/renamed.safetensors'));
    mkdirSync(join(folder, 'fresh/deep'), { recursive: true });
    await hears(join(folder, 'fresh/deep'));
    await hears(put(folder, 'fresh/deep/a.safetensors'));
    renameSync(join(folder, 'fresh'), join(folder, 'v1.5'));
    await hears(join(folder, 'v1.5'));
    await hears(put(folder, 'v1.5/deep/b.metadata.json'));
    rmSync(join(folder, 'v1.5'), { recursive: true });
    await hears(join(folder, 'v1.5'));
  });

  it('hears of sidecars and previews, and of nothing else', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, '.lm-pending-delete'));
    const { heard, hears } = await watching(folder);
    for (const name of ['a.safetensors.part', 'a.crdownload', 'notes.txt', '.a.metadata.json.1.tmp']) put(folder, name);
    put(folder, '.lm-pending-delete/gone.safetensors');
    await sleep(300);
    expect(heard).toEqual([]);
    for (const name of ['a.metadata.json', 'a.civitai.info', 'a.WEBP', 'a.preview.png', 'A.SafeTensors'])
      await hears(put(folder, name));
  });

  it('reading a file is no change', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.safetensors');
    const { heard } = await watching(folder);
    readFileSync(path);
    readdirSync(folder);
    await sleep(300);
    expect(heard).toEqual([]);
  });

  it('follows links to folders, each real folder once, also round in circles', async () => {
    const [folder, elsewhere, late] = [tempFolder(), tempFolder(), tempFolder()];
    symlinkSync(elsewhere, join(folder, 'one'));
    symlinkSync(elsewhere, join(folder, 'two'));
    symlinkSync(folder, join(elsewhere, 'back'));
    symlinkSync(join(folder, '..'), join(folder, 'up'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dead'));
    put(folder, 'real/a.safetensors');
    symlinkSync(folder, join(folder, 'real/loop'));
    const { heard, hears } = await watching(folder);
    await sleep(200);
    await hears(put(elsewhere, 'a.safetensors'));
    put(tempFolder(), 'beside.safetensors');
    await sleep(200);
    expect(heard).toEqual([]);
    symlinkSync(late, join(folder, 'late'));
    await sleep(1500);
    heard.length = 0;
    await hears(put(late, 'b.safetensors'));
  });

  it.runIf(process.platform === 'linux')(
    'the system is asked for one watch per folder, none per file; a folder is watched once, whatever links lead to it',
    async () => {
      const folder = tempFolder();
      for (let index = 0; index < 300; index++) {
        put(folder, `sub${String(index % 3)}/m${String(index)}.safetensors`);
        put(folder, `sub${String(index % 3)}/m${String(index)}.metadata.json`);
      }
      symlinkSync(join(folder, 'sub1'), join(folder, 'again'));
      const before = inotifyWatches();
      const { watch } = await watching(folder);
      await sleep(200);
      expect(inotifyWatches() - before).toBe(4);
      await watch.close();
      await vi.waitFor(() => expect(inotifyWatches()).toBe(before));
    },
  );

  it('notices that its folder is gone, or another one', async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    mkdirSync(root);
    const { watch } = await watching(root);
    expect(await watch.isSound()).toBe(true);
    renameSync(root, join(folder, 'aside'));
    expect(await watch.isSound()).toBe(false);
    mkdirSync(root);
    expect(await watch.isSound()).toBe(false);
  });

  it('rejects for a folder that is not there, and for a file', async () => {
    const folder = tempFolder();
    await expect(watching(join(folder, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(watching(put(folder, 'a.safetensors'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('is given up while it is being made, and closed twice', async () => {
    const folder = tempFolder();
    for (let index = 0; index < 200; index++) put(folder, `sub${String(index)}/m.safetensors`, 'x');
    const giveUp = new AbortController();
    const pending = watching(folder, giveUp.signal);
    setImmediate(() => giveUp.abort());
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    await expect(watching(folder, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    const { watch, heard } = await watching(folder);
    await Promise.all([watch.close(), watch.close()]);
    writeFileSync(join(folder, 'sub1/m.safetensors'), 'y');
    await sleep(200);
    expect(heard).toEqual([]);
  });
});
