import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const handlers = new URL('../../src/handlers/', import.meta.url);

/** What a handler may take of the disk room: names, and types that vanish. */
const PURE = ["from '../disk/normalise-path.js'"];

it('Management handlers delegate to lifecycle, sync, preview or tag services and do no file I/O themselves.', async () => {
  const names = await readdir(handlers);
  expect(names).toContain('model-management-handler.ts');
  for (const name of names) {
    const source = await readFile(new URL(name, handlers), 'utf8');
    const imports = source.match(/^import [^;]+;$/gms) ?? [];
    const touching = imports.filter((line) => {
      if (line.startsWith('import type') || PURE.some((pure) => line.includes(pure))) return false;
      return /from '(node:fs|\.\.\/disk\/)/.test(line);
    });
    expect([name, touching]).toEqual([name, []]);
  }
});
