import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { RootLocks, type RootLockTimes } from '../../src/disk/root-lock.js';
import { silentLogger } from '../../src/ports/logger.js';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';
import { failure } from './plan-stage.js';
import { put, tempFolder } from './temp-library.js';

const TIMES: RootLockTimes = { heartbeatMs: 5_000, staleMs: 20_000, idleMs: 2_000 };

function locks(
  times: Partial<RootLockTimes> = {},
  files: FileOperations = nodeFileOperations,
  onTakenOver?: (root: string) => Promise<void>,
): RootLocks {
  const made = new RootLocks({
    files,
    logger: silentLogger,
    times: { ...TIMES, ...times },
    ...(onTakenOver && { onTakenOver }),
  });
  onTestFinished(() => made.close());
  return made;
}
const lockOf = (root: string): string => join(root, '.modelshelf', 'writer.lock');
const nothing = async (): Promise<void> => undefined;
const locked = { code: 'library_locked' };
const deadPid = spawnSync('true').pid;
const owner = (more: Record<string, unknown>): string =>
  JSON.stringify({ host: hostname(), pid: process.pid, token: 't', startedAt: Date.now(), ...more });

it('of two libraries, in one process or in two, never both change files below a root at a time', async () => {
  const root = tempFolder();
  const [one, other] = [locks(), locks()];
  await one.whileHeld([root], async () => {
    expect(JSON.parse(readFileSync(lockOf(root), 'utf8'))).toMatchObject({ host: hostname(), pid: process.pid });
    await expect(other.whileHeld([root], nothing)).rejects.toMatchObject(locked);
    await one.whileHeld([root], nothing);
  });
  // Kept for the next work until it has been idle for a while.
  await expect(other.whileHeld([root], nothing)).rejects.toMatchObject(locked);
  await one.close();
  expect(readdirSync(root)).toEqual([]);
  await other.whileHeld([root], nothing);
});

it('is released when it was idle for a while, with its folder unless that holds something', async () => {
  const root = tempFolder();
  const idle = locks({ idleMs: 20 });
  await idle.whileHeld([root], nothing);
  await expect.poll(() => existsSync(join(root, '.modelshelf'))).toBe(false);
  await idle.whileHeld([root], async () => void put(root, '.modelshelf/trash/x', ''));
  await expect.poll(() => existsSync(lockOf(root))).toBe(false);
  expect(existsSync(join(root, '.modelshelf', 'trash', 'x'))).toBe(true);
});

it('lets work of one library share it, also while it is taken and released', async () => {
  const roots = [tempFolder(), tempFolder(), tempFolder()];
  const shared = locks({ idleMs: 1 });
  await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, n % 9));
      const own = roots.filter((_, at) => (n >> at) % 2 === 0);
      await shared.whileHeld(own, async () => {
        for (const root of own) expect(existsSync(lockOf(root))).toBe(true);
      });
    }),
  );
});

it('a lock whose owner shows signs of life is never taken over; that of a dead one is at once', async () => {
  const root = tempFolder();
  const found: [string, string, number, boolean][] = [
    ['dead process', owner({ pid: deadPid }), 0, true],
    ['former process with our number', owner({ startedAt: Date.now() - 86_400_000 }), 0, true],
    ['living process', owner({ pid: process.ppid }), 15, false],
    ['process that was suspended, and may go on', owner({ pid: process.ppid }), 25, false],
    ['process that was suspended overnight', owner({ pid: process.ppid }), 36_000, false],
    ['this process', owner({}), 15, false],
    ['other machine, whose clock may be wrong', owner({ host: 'elsewhere', pid: 1 }), 25, false],
    ['other machine, silent for hours', owner({ host: 'elsewhere', pid: 1 }), 7_200, true],
    ['cut off while it was written', '{"host"', 15, false],
    ['cut off long ago', '', 25, true],
  ];
  for (const [name, text, secondsAgo, isTaken] of found) {
    put(root, '.modelshelf/writer.lock', text);
    const beat = Date.now() / 1000 - secondsAgo;
    utimesSync(lockOf(root), beat, beat);
    const takenOver: string[] = [];
    const taking = locks({}, nodeFileOperations, async (path) => void takenOver.push(path));
    const end = await taking.whileHeld([root], nothing).then(
      () => true,
      (error: { code: string }) => error.code !== 'library_locked',
    );
    expect([name, end, takenOver]).toEqual([name, isTaken, isTaken ? [root] : []]);
    if (!isTaken) expect(readFileSync(lockOf(root), 'utf8')).toBe(text);
    await taking.close();
    rmSync(join(root, '.modelshelf'), { recursive: true, force: true });
  }
});

it('a lock of another process holds until that process is killed', async () => {
  const root = tempFolder();
  const child = spawn('sleep', ['60']);
  put(root, '.modelshelf/writer.lock', owner({ pid: child.pid }));
  utimesSync(lockOf(root), new Date(), new Date());
  const waiting = locks();
  await expect(waiting.whileHeld([root], nothing)).rejects.toMatchObject(locked);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  await waiting.whileHeld([root], nothing);
});

it.each([
  ['on another machine', { host: 'elsewhere' }],
  ['that lives and is silent', { pid: process.ppid }],
])('an owner %s is taken over when no heartbeat was seen for long enough by our own clock', async (_who, members) => {
  const root = tempFolder();
  put(root, '.modelshelf/writer.lock', owner(members));
  utimesSync(lockOf(root), new Date(), new Date());
  const patient = locks({ staleMs: 50 });
  await expect(patient.whileHeld([root], nothing)).rejects.toMatchObject(locked);
  await new Promise((resolve) => setTimeout(resolve, 80));
  utimesSync(lockOf(root), new Date(), new Date());
  await expect(patient.whileHeld([root], nothing)).rejects.toMatchObject(locked);
  await new Promise((resolve) => setTimeout(resolve, 80));
  await patient.whileHeld([root], nothing);
});

it('of many that find a stale lock exactly one takes it over', async () => {
  for (let round = 0; round < (process.env['MODELSHELF_DEEP'] === '1' ? 50 : 4); round++) {
    const root = tempFolder();
    put(root, '.modelshelf/writer.lock', owner({ pid: deadPid }));
    const many = Array.from({ length: 8 }, () => locks());
    let inside = 0;
    const ends = await Promise.allSettled(
      many.map((one) =>
        one.whileHeld([root], async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside--;
        }),
      ),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of many) await one.close();
  }
});

it('a heartbeat says that the owner lives, and stops when somebody else has the lock', async () => {
  const root = tempFolder();
  const held = locks({ heartbeatMs: 10 });
  await held.whileHeld([root], async () => {
    utimesSync(lockOf(root), 1, 1);
    await expect.poll(() => statSync(lockOf(root)).mtimeMs).toBeGreaterThan(Date.now() - 10_000);
    writeFileSync(lockOf(root), owner({ token: 'theirs' }));
  });
  // Whoever lost it asks for it again, and is refused.
  await expect(held.whileHeld([root], nothing)).rejects.toMatchObject(locked);
  await held.close();
  expect(readFileSync(lockOf(root), 'utf8')).toContain('theirs');
});

it('two roots that lead to one folder have one lock', async () => {
  const root = tempFolder();
  const link = join(tempFolder(), 'link');
  symlinkSync(root, link);
  await locks().whileHeld([root, link], async () => expect(readdirSync(root)).toEqual(['.modelshelf']));
});

it('a root that is away is never made; one that the system makes read-only is noted, and the work runs', async () => {
  const root = join(tempFolder(), 'away');
  const made = locks();
  await expect(made.whileHeld([root], nothing)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(existsSync(root)).toBe(false);
  mkdirSync(root);
  let refusal: string | undefined = 'EROFS';
  const mkdir: FileOperations['mkdir'] = (path) =>
    refusal === undefined ? nodeFileOperations.mkdir(path) : Promise.reject(failure(refusal));
  const refused = locks({}, { ...nodeFileOperations, mkdir });
  expect(await refused.whileHeld([root], async () => refused.isReadOnly(root))).toBe(true);
  refusal = undefined;
  expect(await refused.whileHeld([root], async () => refused.isReadOnly(root))).toBe(false);
  refusal = 'ENOSPC';
  await refused.close();
  const another = locks({}, { ...nodeFileOperations, mkdir });
  await expect(another.whileHeld([root], nothing)).rejects.toMatchObject({ code: 'disk_full' });
});

it('closing waits for the work of this moment, and lets no other begin', async () => {
  const root = tempFolder();
  const made = locks();
  let end = (): void => undefined;
  let isDone = false;
  const working = made.whileHeld([root], () => new Promise<void>((resolve) => (end = resolve)));
  await vi.waitFor(() => expect(readdirSync(root)).toEqual(['.modelshelf']));
  const closing = made.close().then(() => (isDone = true));
  await expect(made.whileHeld([root], nothing)).rejects.toMatchObject({ code: 'library_closed' });
  expect(isDone).toBe(false);
  end();
  await Promise.all([working, closing]);
  expect(readdirSync(root)).toEqual([]);
});
