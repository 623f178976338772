import { setTimeout as wait } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { createModelLibrary } from '../../src/index.js';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';
import { safetensors, temporaryFolder, writeFiles } from './temp-library.js';
import { json } from './write-input/writing-library.js';

it('a library that is closed while another one becomes active touches nothing any more', async () => {
  const folder = await temporaryFolder();
  const paths = (name: string) => ({ folder_paths: { loras: [join(folder, name)] } });
  await writeFiles(folder, {
    'one/a.safetensors': safetensors({ at: 'a' }),
    'two/b.safetensors': safetensors({ at: 'b' }),
  });
  const settingsFile = join(folder, 'settings.json');
  let isClosed = false;
  const late: string[] = [];
  const files = Object.fromEntries(
    (Object.entries(nodeFileOperations) as [string, (...values: unknown[]) => Promise<unknown>][]).map(
      ([name, call]) => [
        name,
        (...values: unknown[]) => {
          // The settings themselves are the host's, and stay.
          if (isClosed && /^\/(one|two)\b/.test(String(values[0]).slice(folder.length)))
            late.push(`${name} ${String(values[0]).slice(folder.length)}`);
          return call(...values);
        },
      ],
    ),
  ) as unknown as FileOperations;
  for (let delay = 0; delay < 12; delay++) {
    const libraries = { one: paths('one'), two: paths('two') };
    await writeFile(settingsFile, JSON.stringify({ ...paths('one'), libraries, active_library: 'one' }));
    const library = createModelLibrary({ settingsFile, dataDir: join(folder, 'data'), digests: false, files });
    await library.ready;
    const handle = toFetchHandler(library);
    const url = 'http://127.0.0.1/api/lm/settings/libraries/activate';
    const activating = handle(new Request(url, json({ library: 'two' })));
    await wait(delay * 2);
    await library.close();
    isClosed = true;
    await activating.catch(() => undefined);
    await wait(30);
    expect([delay, late]).toEqual([delay, []]);
    isClosed = false;
  }
  for (const name of ['one', 'two']) expect(existsSync(join(folder, name, '.modelshelf'))).toBe(false);
});
