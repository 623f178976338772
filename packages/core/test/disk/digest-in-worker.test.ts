import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestFile } from '../../src/disk/digest-file.js';
import { createDigester, type Digester } from '../../src/disk/digest-in-worker.js';
import { put, putPipe, safetensors, tempFolder } from './temp-library.js';

const MB = 1024 * 1024;

function digester(): Digester {
  const made = createDigester();
  onTestFinished(() => made.close());
  return made;
}

/** A file that takes a while to read and no space. */
function largeFile(folder: string, bytes = 400 * MB): string {
  const path = put(folder, 'large.ckpt', 'x');
  truncateSync(path, bytes);
  return path;
}

const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('createDigester', () => {
  test('digests files of any size, in the order asked', async () => {
    const folder = tempFolder();
    const sizes = [0, 1, MB - 1, MB, MB + 1, 3 * MB];
    const paths = sizes.map((size, i) => put(folder, `${String(i)}.ckpt`, Buffer.alloc(size, i + 1)));
    const subject = digester();
    const order: number[] = [];
    const digests = await Promise.all(
      paths.map((path, i) => subject.digest(path).then((digest) => (order.push(i), digest))),
    );
    expect(digests.map(({ digest }) => digest.sha256)).toEqual(paths.map(sha256Of));
    expect(digests.map(({ file }) => file)).toEqual(
      paths.map((path) => {
        const { size, mtimeMs, ino } = statSync(path);
        return { size, mtimeMs, ino };
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('P-5: reads away from the event loop and tells how far it is', async () => {
    const path = largeFile(tempFolder(), 500 * MB);
    const told: number[] = [];
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await digester().digest(path, { onBytes: (bytes) => told.push(bytes) });
    clearInterval(timer);
    expect(told.at(-1)).toBe(500 * MB);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(turns).toBeGreaterThan(20);
  });

  test('P-1: a file that grows while it is hashed has no digest, and has one later', async () => {
    const path = largeFile(tempFolder());
    const subject = digester();
    await subject.digest(put(tempFolder(), 'warm-up', 'x'));
    const reading = subject.digest(path);
    await sleep(30);
    appendFileSync(path, 'more');
    await expect(reading).rejects.toMatchObject({ name: 'DigestRefusedError', refusal: 'changed' });
    await expect(subject.digest(path)).resolves.toMatchObject({ file: { size: 400 * MB + 4 } });
  });

  test('a link is followed', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'content');
    symlinkSync(path, join(folder, 'b.ckpt'));
    await expect(digester().digest(join(folder, 'b.ckpt'))).resolves.toMatchObject({
      digest: { sha256: sha256Of(path) },
    });
  });

  test('what cannot be read is refused with a kind, and the thread goes on', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'folder'));
    const pipe = putPipe(folder, 'pipe');
    const subject = digester();
    await expect(subject.digest(join(folder, 'gone'))).rejects.toMatchObject({ refusal: 'missing' });
    await expect(subject.digest(join(folder, 'folder'))).rejects.toMatchObject({ refusal: 'unreadable' });
    await expect(subject.digest(pipe)).rejects.toMatchObject({ refusal: 'unreadable' });
    await expect(subject.digest(put(folder, 'a', 'x'))).resolves.toMatchObject({ file: { size: 1 } });
  });

  test('an abort ends a running, a waiting and a late request, and nothing else', async () => {
    const folder = tempFolder();
    const large = largeFile(folder, 4_000 * MB);
    const small = put(folder, 'small', 'x');
    const subject = digester();
    const controller = new AbortController();
    const { signal } = controller;
    const running = subject.digest(large, { signal });
    const waiting = subject.digest(small, { signal });
    const other = subject.digest(small);
    await sleep(150);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(other).resolves.toMatchObject({ digest: { sha256: sha256Of(small) } });
    await expect(subject.digest(small, { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('close ends everything, also twice and before anything was read', async () => {
    const folder = tempFolder();
    const subject = createDigester();
    const running = subject.digest(largeFile(folder, 4_000 * MB));
    const waiting = subject.digest(put(folder, 'small', 'x'));
    const outcome = Promise.allSettled([running, waiting]);
    await sleep(100);
    await subject.close();
    await subject.close();
    for (const { status, ...rest } of await outcome) {
      expect({ status, ...rest }).toMatchObject({ status: 'rejected', reason: { code: 'library_closed' } });
    }
    await expect(subject.digest(join(folder, 'small'))).rejects.toMatchObject({ code: 'library_closed' });
    await createDigester().close();
  });

  test('a digester that is never closed does not keep the process alive', async () => {
    await createDigester().digest(put(tempFolder(), 'a', 'x'));
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });
});

describe('digestFile', () => {
  const buffer = Buffer.alloc(1_000);

  test.each<[string, (path: string) => void]>([
    ['grows', (path) => appendFileSync(path, 'x')],
    ['shrinks', (path) => truncateSync(path, 2_500)],
    ['is touched', (path) => utimesSync(path, 1, 1)],
    ['is replaced by another file', (path) => renameSync(put(tempFolder(), 'new', Buffer.alloc(5_000)), path)],
    ['is moved away', (path) => renameSync(path, `${path}.moved`)],
  ])('P-1: a file that %s while it is read has no digest', (_, change) => {
    const path = put(tempFolder(), 'a', Buffer.alloc(5_000));
    let blocks = 0;
    const answer = digestFile(path, { buffer }, () => {
      blocks += 1;
      if (blocks === 2) change(path);
      return true;
    });
    expect(answer.kind).toBe('refused');
  });

  test('P-1: a file that is written to for ever is not read for ever', () => {
    const path = put(tempFolder(), 'a', Buffer.alloc(5_000));
    let blocks = 0;
    const answer = digestFile(path, { buffer }, () => {
      blocks += 1;
      appendFileSync(path, Buffer.alloc(1_000));
      return true;
    });
    expect(answer).toMatchObject({ kind: 'refused', refusal: 'changed' });
    expect(blocks).toBeLessThan(10);
  });

  const digestOf = (path: string, autov3 = true) => {
    const answer = digestFile(path, { buffer, autov3 }, () => true);
    if (answer.kind !== 'done') throw new Error(answer.kind);
    return answer.digest;
  };
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  test.each([1, 900, 1_000, 5_000])('the AutoV3 is the digest of what follows the header (%i bytes)', (length) => {
    const tensors = Buffer.alloc(length, 7);
    const path = put(tempFolder(), 'a.safetensors', safetensors({ __metadata__: { format: 'pt' } }, tensors));
    expect(digestOf(path).autov3).toBe(sha256(tensors).slice(0, 12));
    expect(digestOf(path).sha256).toBe(sha256Of(path));
    expect(digestOf(path, false)).not.toHaveProperty('autov3');
  });

  test('the AutoV3 of a file with a header longer than a block', () => {
    const tensors = Buffer.alloc(3_333, 7);
    const path = put(
      tempFolder(),
      'a.safetensors',
      safetensors({ __metadata__: { note: 'x'.repeat(2_500) } }, tensors),
    );
    expect(digestOf(path).autov3).toBe(sha256(tensors).slice(0, 12));
  });

  test('no AutoV3 is computed where the header states one, but where it states that of nothing', () => {
    const folder = tempFolder();
    const tensors = Buffer.alloc(100, 7);
    const stating = (hash: string): string =>
      put(folder, `${hash}.safetensors`, safetensors({ __metadata__: { sshs_model_hash: hash } }, tensors));
    expect(digestOf(stating('ab'.repeat(32)))).not.toHaveProperty('autov3');
    expect(digestOf(stating('e3b0c44298fc1c14')).autov3).toBe(sha256(tensors).slice(0, 12));
  });

  test.each<[string, Buffer]>([
    ['no tensors', safetensors({})],
    ['no header', Buffer.alloc(5_000, 200)],
    ['a header that is no JSON', safetensors('nonsense', Buffer.alloc(10))],
    ['fewer bytes than a length', Buffer.alloc(5)],
    ['nothing at all', Buffer.alloc(0)],
  ])('a file with %s has a SHA-256 and no AutoV3', (_, content) => {
    const path = put(tempFolder(), 'a.safetensors', content);
    expect(digestOf(path)).toEqual({ sha256: sha256(content), probe: expect.any(String) as string });
  });
});
