import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toFetchHandler } from '../../../src/fetch.js';
import { expectWorking, scenarioShelf } from './crash-states.js';
import { bundleMutationProcess, startMutationProcess } from './mutation-process.js';

let bundle = '';

beforeAll(async () => {
  bundle = await bundleMutationProcess(await mkdtemp(join(tmpdir(), 'modelshelf-test-')));
}, 60_000);

afterAll(() => rm(bundle, { recursive: true, force: true }));

it.each(['data', 'other-data'])(
  'P-12: while another process moves models (data folder %s) writes are refused with library_locked, reads go on, and a later write works once it is dead',
  { timeout: 60_000 },
  async (dataDir) => {
    const { at, folder, open } = await scenarioShelf('bulkMove');
    const child = startMutationProcess(bundle, {
      scenario: 'bulkMove',
      folder,
      during: 'mutation',
      dataDir: 'data',
      call: 12,
      moment: 'stall',
    });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', () => reject(new Error('the process ended')));
    });
    const library = open({}, { dataDir: at(dataDir) });
    await library.ready;
    const file_path = at('loras/twin.safetensors');
    await expect(library.loras.addTags({ file_path, tags: ['x'] })).rejects.toMatchObject({ code: 'library_locked' });
    await expect(library.loras.deleteModel({ file_path })).rejects.toMatchObject({ code: 'library_locked' });
    const handle = toFetchHandler(library);
    const response = await handle(
      new Request('http://127.0.0.1/api/lm/loras/rename', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ file_path, new_file_name: 'other' }),
      }),
    );
    expect(response.status).toBe(423);
    expect(await response.json()).toMatchObject({ success: false, code: 'library_locked' });
    expect((await library.loras.getModels()).items.map((item) => item.file_path)).toContain(file_path);
    // Another root has no other writer.
    await library.checkpoints.addTags({ file_path: at('checkpoints/big.safetensors'), tags: ['free'] });
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await library.loras.addTags({ file_path, tags: ['after'] });
    await expectWorking(library, at);
    const { items } = await library.loras.getModels();
    expect(items.find((item) => item.file_path === file_path)?.tags).toContain('after');
    await library.close();
    const later = open();
    await expectWorking(later, at);
    expect((await later.loras.getModels()).total).toBe(7);
    await later.close();
  },
);

it('two libraries of one process over the same roots and data folder change models one at a time, and neither loses a change', async () => {
  const { at, open } = await scenarioShelf('bulkMove');
  const [one, other] = [open(), open()];
  await Promise.all([one.ready, other.ready]);
  const file_path = at('loras/in/a.safetensors');
  let refused = 0;
  const add = async (library: typeof one, tag: string): Promise<void> => {
    for (;;) {
      try {
        await library.loras.addTags({ file_path, tags: [tag] });
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: 'library_locked' });
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await Promise.all([0, 1, 2].flatMap((n) => [add(one, `one ${String(n)}`), add(other, `other ${String(n)}`)]));
  expect(refused).toBeGreaterThanOrEqual(0);
  await one.loras.scanModels();
  const { items } = await one.loras.getModels();
  const wanted = [0, 1, 2].flatMap((n) => [`one ${String(n)}`, `other ${String(n)}`]);
  expect(items.find((item) => item.file_path === file_path)?.tags).toEqual(expect.arrayContaining(wanted));
  await one.close();
  await other.loras.scanModels();
  await expectWorking(other, at);
});
