import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFile } from '../../src/disk/digest-file.js';
import { probeFile, probeFileSync } from '../../src/disk/probe.js';
import { put, putPipe, tempFolder } from './temp-library.js';

const KIB = 1024;
const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

/** The definition, written down once more. */
function probeOf(bytes: Buffer): string {
  const hash = createHash('sha256').update(`${String(bytes.length)}\n`);
  if (bytes.length < 128 * KIB) return hash.update(bytes).digest('hex');
  return hash
    .update(bytes.subarray(0, 64 * KIB))
    .update(bytes.subarray(bytes.length - 64 * KIB))
    .digest('hex');
}

function digestProbe(path: string, block: number): string | undefined {
  const answer = digestFile(path, { buffer: Buffer.alloc(block) }, () => true);
  return answer.kind === 'done' ? answer.digest.probe : undefined;
}

describe('the probe of a file', () => {
  it('is the same while digesting, alone and in a thread that may block, whatever the size of file and block', async () => {
    const folder = tempFolder();
    const content = randomBytes(400 * KIB);
    const edges = [0, 1, 64 * KIB, 64 * KIB + 1, 128 * KIB - 1, 128 * KIB, 128 * KIB + 1, 192 * KIB];
    const sizes = fc.oneof(fc.constantFrom(...edges), fc.nat(content.length));
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1000, max: 300 * KIB }), async (size, block) => {
        const bytes = content.subarray(0, size);
        const path = join(folder, 'model.safetensors');
        writeFileSync(path, bytes);
        const expected = probeOf(bytes);
        expect(digestProbe(path, block)).toBe(expected);
        expect(await probeFile(path, size)).toBe(expected);
        expect(probeFileSync(path, size)).toBe(expected);
      }),
      { numRuns: runs },
    );
  });

  it('tells files of equal ends and different sizes apart', async () => {
    const folder = tempFolder();
    const [a, b] = [put(folder, 'a', Buffer.alloc(300_000)), put(folder, 'b', Buffer.alloc(300_001))];
    expect(await probeFile(a, 300_000)).not.toBe(await probeFile(b, 300_001));
  });

  it('there is none of what cannot be read or has another size', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a', Buffer.alloc(10));
    for (const [each, size] of [
      [path, 11],
      [path, 9],
      [join(folder, 'gone'), 10],
      [folder, 10],
      [putPipe(folder, 'pipe'), 0],
    ] as const) {
      expect(await probeFile(each, size)).toBeUndefined();
      expect(probeFileSync(each, size)).toBeUndefined();
    }
  });

  it('leaves a file descriptor open', () => {
    const path = put(tempFolder(), 'a', Buffer.alloc(10));
    const fd = openSync(path, 'r');
    expect(probeFileSync(fd, 10)).toBe(probeFileSync(path, 10));
    expect(probeFileSync(fd, 10)).toBe(probeOf(Buffer.alloc(10)));
    closeSync(fd);
  });
});
