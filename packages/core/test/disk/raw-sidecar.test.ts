import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertReadable, readRawSidecar, sidecarText } from '../../src/disk/raw-sidecar.js';
import { mergedSidecar, saysTheSame, sidecarUpdates } from '../../src/disk/raw-sidecar-merge.js';
import { nodeFileOperations } from '../../src/ports/file-operations.js';
import type { JsonObject } from '../../src/shapes/json.js';
import { put, putPipe, sidecar, tempFolder } from './temp-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const objects = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

describe('the raw sidecar', () => {
  it('is read with its unknown members in their order, and with a byte order mark', async () => {
    const text = `\uFEFF{"zeta": {"b": 1, "a": [2]}, "alpha": "ü", "_own": null}`;
    const path = put(tempFolder(), 'a.metadata.json', text);
    const raw = await readRawSidecar(path, nodeFileOperations);
    expect(raw?.text).toBe(text);
    expect(Object.keys(raw?.value ?? {})).toEqual(['zeta', 'alpha', '_own']);
    expect(sidecarText(raw?.value ?? {}, text)).toBe(
      '{\n  "zeta": {\n    "b": 1,\n    "a": [\n      2\n    ]\n  },\n  "alpha": "ü",\n  "_own": null\n}',
    );
  });

  it('is undefined where there is none', async () => {
    expect(await readRawSidecar(join(tempFolder(), 'a.metadata.json'), nodeFileOperations)).toBeUndefined();
  });

  it('W-W11: one that cannot be used throws and is never taken for an empty one', async () => {
    const folder = tempFolder();
    const deep = `{"a": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const texts = [deep, '{', '', '[]', 'null', '{"a": NaN}', Buffer.from([0x7b, 0xff, 0x7d])];
    const paths = texts.map((text, index) => put(folder, `${String(index)}.metadata.json`, text));
    mkdirSync(join(folder, 'd.metadata.json'));
    writeFileSync(join(folder, 'large.metadata.json'), ' '.repeat(16 * 1024 * 1024 + 1));
    paths.push(
      putPipe(folder, 'p.metadata.json'),
      join(folder, 'd.metadata.json'),
      join(folder, 'large.metadata.json'),
    );
    for (const path of paths) {
      await expect(readRawSidecar(path, nodeFileOperations), path).rejects.toMatchObject({ code: 'sidecar_unusable' });
    }
  });

  it('tells an unreadable file from a corrupt one', async () => {
    const denied = {
      ...nodeFileOperations,
      readFile: () => Promise.reject(Object.assign(new Error(), { code: 'EACCES' })),
    };
    const path = put(tempFolder(), 'a.metadata.json', '{}');
    await expect(readRawSidecar(path, denied)).rejects.toMatchObject({ code: 'access_denied' });
  });

  it('keeps numbers as they are written, as long as they are the same', () => {
    const before =
      '{"id": 12345678901234567890, "modified": 1700000000.0, "text": "1.0 : 2.0, \\"3.0", "a/b~": [1.0, {"x": 1e3}], "big": 1e999, "n": 1.50}';
    const value = JSON.parse(before) as JsonObject;
    const text = sidecarText({ ...value, n: 2, extra: 1 }, before);
    expect(text.replaceAll(/\s+(?=[^"]*(?:"[^"]*"[^"]*)*$)/g, ' ')).toContain('"id": 12345678901234567890');
    for (const kept of ['12345678901234567890', '1700000000.0', '1e999', '"x": 1e3', '"n": 2', '"extra": 1']) {
      expect(text).toContain(kept);
    }
    expect(text).toContain('"1.0 : 2.0, \\"3.0"');
    expect(sidecarText({ id: 5 }, before)).toBe('{\n  "id": 5\n}');
  });

  it('reads back as what was written, whatever it is made from', () => {
    fc.assert(
      fc.property(objects, objects, (value, other) => {
        const before = JSON.stringify(other).replaceAll(/:(-?\d+)([,}])/g, ':$1.0$2');
        expect(JSON.parse(sidecarText(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(sidecarText(value, before))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: runs },
    );
  });

  it('refuses what is nested so deeply that its text would be gigabytes', () => {
    const deep = JSON.parse(`{"a": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`) as JsonObject;
    expect(() => sidecarText(deep)).toThrow('nested too deeply');
  });

  it('a text that a scan would refuse is never written', () => {
    expect(() => assertReadable(sidecar())).not.toThrow();
    expect(() => assertReadable('{}')).toThrow('These metadata cannot be stored.');
    const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    expect(() => assertReadable(sidecar().replace('{', `{"x": ${deep},`))).toThrow('These metadata cannot be stored.');
    expect(() => assertReadable(sidecar({ x: 'x'.repeat(16 * 1024 * 1024) }))).toThrow('16 MiB');
  });
});

describe('merging sidecars', () => {
  it('merges objects one level deep and replaces everything else', () => {
    const before = { a: { x: 1, y: { z: 1 } }, b: [1], c: 1, d: { e: 1 } };
    expect(mergedSidecar(before, { a: { y: { w: 2 } }, b: [2], c: { n: 1 }, d: null, f: 1 })).toEqual({
      a: { x: 1, y: { w: 2 } },
      b: [2],
      c: { n: 1 },
      d: null,
      f: 1,
    });
    expect(Object.keys(mergedSidecar(before, { c: 2, 0: 1 })).slice(-4)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('the updates between two sidecars, merged into the first, give the second', () => {
    fc.assert(
      fc.property(objects, objects, (before, updates) => {
        const after = mergedSidecar(before, updates);
        expect(saysTheSame(mergedSidecar(before, sidecarUpdates(before, after)), after)).toBe(true);
        expect(saysTheSame(before, after)).toBe(Object.keys(sidecarUpdates(before, after)).length === 0);
      }),
      { numRuns: runs },
    );
  });
});
