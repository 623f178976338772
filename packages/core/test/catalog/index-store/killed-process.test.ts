import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../disk/temp-library.js';
import { load, model, pathOf, scope } from './open-store.js';

/** Appends one model after the other, for ever, and tells each when it is appended; long notes force rewrites. */
const WRITER = `
  import { openFileIndexStore } from './file-index-store.js';
  import { readFileSync } from 'node:fs';
  const [dataDir, given] = process.argv.slice(2);
  const { scope, model, path, from } = JSON.parse(readFileSync(given, 'utf8'));
  const store = openFileIndexStore(dataDir);
  for (let n = from; ; n++) {
    const entry = { ...model.entry, file_path: path.replace('#', n), file_name: 'm' + n, model_name: 'm' + n };
    await store.append(scope, { upserts: [{ ...model, entry, stamp: 'stamp ' + n }], removals: [] });
    process.send(n);
  }`;

describe('a process that is killed', () => {
  it('leaves a snapshot and the log that belongs to it: nothing but the torn tail is lost', async () => {
    const folder = tempFolder();
    const script = join(folder, 'writer.mjs');
    await build({
      stdin: { contents: WRITER, resolveDir: join(import.meta.dirname, '../../../src/catalog/index-store') },
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['@modelshelf/source'],
      outfile: script,
    });
    const given = join(folder, 'given.json');
    let last = -1;
    for (let round = 0; round < 6; round++) {
      const from = last + 1;
      const notes = 'n'.repeat(90_000);
      writeFileSync(
        given,
        JSON.stringify({ scope, model: model(0, { notes }), path: pathOf(0).replace('0', '#'), from }),
      );
      const child = fork(script, [join(folder, 'data'), given]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.on('message', (n: number) => (last = n));
      while (last < from + 15 + round * 7) await sleep(1);
      child.kill('SIGKILL');
      await ended;
      const loaded = await load(join(folder, 'data'));
      expect(loaded.invalid).toBe(0);
      expect(loaded.rows).toBeGreaterThan(last);
      for (let n = 0; n < loaded.rows; n++) expect(loaded.models.get(pathOf(n))?.stamp).toBe(`stamp ${String(n)}`);
      last = loaded.rows - 1;
    }
  }, 60_000);
});
