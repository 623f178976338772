import { fork, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openRecordLog } from '../../src/disk/record-log.js';
import { memoryRecordLog, type RecordLog } from '../../src/ports/record-log.js';
import { tempFolder } from './temp-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const schema = z.object({ n: z.number() });
type Row = z.infer<typeof schema>;

const open = (folder: string, keyField?: string): Promise<RecordLog<Row>> =>
  openRecordLog({ file: join(folder, 'records/rows.ndjson'), format: 'rows', version: 1, schema, keyField });
const linesOf = (folder: string): string[] =>
  readFileSync(join(folder, 'records/rows.ndjson'), 'utf8').trim().split('\n');

describe('a record log', () => {
  test.each([
    [undefined, '{"key":"a","row":{"n":1}}', '{"key":"a","removed":true}'],
    ['path', '{"path":"a","n":1}', '{"path":"a","removed":true}'],
  ])('writes one line for a row and one for its removal (key field %s)', async (keyField, row, removal) => {
    const folder = tempFolder();
    const log = await open(folder, keyField);
    await log.put('a', { n: 1 });
    await log.put('b', { n: 2 });
    await log.remove('a');
    expect([log.size, log.get('a'), log.get('b')]).toEqual([1, undefined, { n: 2 }]);
    await log.close();
    expect(linesOf(folder).slice(1)).toEqual([row, row.replace('a"', 'b"').replace('1', '2'), removal]);
    const again = await open(folder, keyField);
    expect([...again.entries()]).toEqual([['b', { n: 2 }]]);
    await again.close();
  });

  test('what was removed is left out when the file is written anew', async () => {
    const folder = tempFolder();
    const log = await open(folder);
    for (let i = 0; i < 3; i++) await log.put(`k${String(i)}`, { n: i });
    await Promise.all([log.remove('k0'), log.remove('k1')]);
    await log.close();
    const again = await open(folder);
    expect([...again.entries()]).toEqual([['k2', { n: 2 }]]);
    await again.close();
    expect(linesOf(folder)).toHaveLength(2);
    expect(readdirSync(join(folder, 'records')).sort()).toEqual(['rows.ndjson', 'rows.ndjson.bak']);
  });

  test('P-5: what a full disk did not take is written with what comes next', async () => {
    const folder = tempFolder();
    const log = await open(folder);
    const handle = await openFile(join(folder, 'records/rows.ndjson'));
    const full = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'appendFile');
    await handle.close();
    full.mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(log.put('a', { n: 1 })).rejects.toThrow('ENOSPC');
    await log.put('b', { n: 2 });
    full.mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(log.put('c', { n: 3 })).rejects.toThrow('ENOSPC');
    await log.close();
    full.mockRestore();
    const again = await open(folder);
    expect([...again.entries()].map(([key]) => key)).toEqual(['a', 'b', 'c']);
    await again.close();
  });

  test.runIf(process.platform === 'linux')('P-5: records that cannot be read just now are not set aside', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'records'));
    // Reading its first byte is an input/output error.
    symlinkSync('/proc/self/mem', join(folder, 'records/rows.ndjson'));
    await expect(open(folder)).rejects.toMatchObject({ code: 'EIO' });
    expect(readdirSync(join(folder, 'records'))).toEqual(['rows.ndjson']);
  });

  test('two processes: what was removed stays removed when the other one wrote the file anew', async () => {
    const folder = tempFolder();
    const first = await open(folder);
    for (let i = 0; i < 5; i++) await first.put('a', { n: i });
    await first.remove('a');
    const second = await open(folder);
    await second.put('b', { n: 9 });
    await first.put('c', { n: 8 });
    await Promise.all([first.close(), second.close()]);
    const third = await open(folder);
    expect([...third.entries()].sort()).toEqual([
      ['b', { n: 9 }],
      ['c', { n: 8 }],
    ]);
    await third.close();
  });

  test('a closed log takes nothing more', async () => {
    const log = await open(tempFolder());
    await log.put('a', { n: 1 });
    await log.close();
    await expect(log.put('a', { n: 2 })).rejects.toThrow('closed');
    await expect(log.remove('a')).rejects.toThrow('closed');
    expect(log.get('a')).toEqual({ n: 1 });
  });

  test('a full disk: writing rejects, the row holds in memory, and is written when there is room again', async () => {
    const folder = tempFolder();
    const file = join(folder, 'records/rows.ndjson');
    const log = await open(folder);
    await log.put('a', { n: 1 });
    rmSync(file);
    symlinkSync('/dev/full', file);
    await expect(log.put('b', { n: 2 })).rejects.toThrow('ENOSPC');
    expect(log.get('b')).toEqual({ n: 2 });
    rmSync(file);
    await log.put('c', { n: 3 });
    await log.close();
    const again = await open(folder);
    expect([...again.entries()].map(([key]) => key)).toEqual(['a', 'b', 'c']);
    await again.close();
  });

  test('any sequence of changes reads back as a plain map does, over restarts', async () => {
    const key = fc.constantFrom('a', 'b', '__proto__', '', 'ü\n');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, n: fc.integer() }),
      fc.record({ kind: fc.constant('remove' as const), key }),
      fc.record({ kind: fc.constant('reopen' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const folder = tempFolder();
        const plain = memoryRecordLog<Row>();
        let log = await open(folder);
        for (const step of steps) {
          if (step.kind === 'put') await Promise.all([log, plain].map((each) => each.put(step.key, { n: step.n })));
          else if (step.kind === 'remove') await Promise.all([log, plain].map((each) => each.remove(step.key)));
          else {
            await log.close();
            log = await open(folder);
          }
          expect(new Map(log.entries())).toEqual(new Map(plain.entries()));
          expect(log.size).toBe(plain.size);
        }
        await log.close();
      }),
      { numRuns: runs },
    );
  }, 120_000);
});

describe('a process that is killed', () => {
  test('loses nothing but the line that it was writing', async () => {
    const folder = tempFolder();
    const script = join(folder, 'writer.mjs');
    await build({
      stdin: {
        contents: `
          import { openRecordLog } from './record-log.js';
          import { z } from 'zod';
          const file = process.argv[2];
          const log = await openRecordLog({ file, format: 'rows', version: 1, schema: z.object({ n: z.number() }) });
          for (let n = log.size; ; n++) { await log.put(String(n), { n }); process.send(n); }`,
        resolveDir: join(import.meta.dirname, '../../src/disk'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    let atLeast = -1;
    for (let round = 0; round < 3; round++) {
      const child: ChildProcess = fork(script, [join(folder, 'records/rows.ndjson')]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.on('message', (n: number) => (atLeast = n));
      while (atLeast < 50 * (round + 1)) await sleep(2);
      child.kill('SIGKILL');
      await ended;
      const log = await open(folder);
      expect(log.size).toBeGreaterThan(atLeast);
      expect([...log.entries()]).toEqual(Array.from({ length: log.size }, (_, n) => [String(n), { n }]));
      await log.close();
    }
    appendFileSync(join(folder, 'records/rows.ndjson'), '{"key":"to');
    const log = await open(folder);
    expect(log.size).toBeGreaterThan(atLeast);
    await log.close();
  });
});
