import { openSync, closeSync, fstatSync, statSync, truncateSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSafetensorsHeader } from '../../src/disk/safetensors-header.js';
import { readSafetensorsMetadata } from '../../src/disk/safetensors-metadata.js';
import { put, safetensors, tempFolder } from './temp-library.js';

const RUNS = process.env['MODELSHELF_DEEP'] === undefined ? 200 : 5_000;

function read(bytes: Buffer): ReturnType<typeof readSafetensorsHeader> {
  return readSafetensorsHeader(put(tempFolder(), 'x.safetensors', bytes), bytes.length);
}

function reasonOf(bytes: Buffer): string {
  const result = read(bytes);
  return result.ok ? 'ok' : result.reason;
}

function lengthField(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

const tensor = (begin: unknown, end: unknown): unknown => ({ dtype: 'F16', shape: [1], data_offsets: [begin, end] });

describe('readSafetensorsHeader', () => {
  test('reads metadata and tensors', () => {
    const header = { __metadata__: { a: 'ü' }, t: { dtype: 'F16', shape: [2, 0], data_offsets: [0, 4] } };
    const result = read(safetensors(header, Buffer.alloc(4)));
    expect(result).toEqual({
      ok: true,
      header: {
        metadata: new Map([['a', 'ü']]),
        tensors: new Map([['t', { dtype: 'F16', shape: [2, 0], offsets: [0, 4] }]]),
        headerBytes: Buffer.byteLength(JSON.stringify(header)),
      },
    });
  });

  test('reads from an open file and leaves it open', () => {
    const fd = openSync(put(tempFolder(), 'x.safetensors', safetensors({})), 'r');
    expect(readSafetensorsHeader(fd, fstatSync(fd).size).ok).toBe(true);
    expect(fstatSync(fd).size).toBe(10);
    closeSync(fd);
  });

  test('tensors that touch, empty ones and padding are fine', () => {
    const header = `${JSON.stringify({ a: tensor(0, 2), b: tensor(2, 4), c: tensor(2, 2), d: tensor(0, 0) })}   `;
    expect(reasonOf(safetensors(header, Buffer.alloc(4)))).toBe('ok');
  });

  test.each<[string, Buffer, string]>([
    ['an empty file', Buffer.alloc(0), 'truncated'],
    ['seven bytes', Buffer.alloc(7), 'truncated'],
    ['a length of 2^63', Buffer.concat([lengthField(2n ** 63n), Buffer.from('{}')]), 'too_large'],
    ['a length of 2^64 - 1', Buffer.concat([lengthField(2n ** 64n - 1n), Buffer.from('{}')]), 'too_large'],
    ['a claim of 100 MB', Buffer.concat([lengthField(100_000_000n), Buffer.from('{}')]), 'too_large'],
    ['a claim beyond the file', Buffer.concat([lengthField(60_000_000n), Buffer.from('{}')]), 'truncated'],
    ['no header at all', safetensors(''), 'not_json'],
    ['invalid UTF-8', Buffer.concat([lengthField(4n), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]), 'not_utf8'],
    ['broken JSON', safetensors('{"a":'), 'not_json'],
    ['an array', safetensors([]), 'not_json'],
    ['null', safetensors('null'), 'not_json'],
    ['a number', safetensors('5'), 'not_json'],
    ['100,000 brackets', safetensors('['.repeat(100_000)), 'not_json'],
    ['metadata that is no object', safetensors({ __metadata__: [] }), 'bad_metadata'],
    ['metadata with a number', safetensors({ __metadata__: { a: 1 } }), 'bad_metadata'],
    ['a tensor that is no object', safetensors({ a: 'x' }), 'bad_tensor'],
    ['a tensor that says it is fine', safetensors({ ok: false, reason: 'x' }), 'bad_tensor'],
    ['a tensor without dtype', safetensors({ a: { shape: [], data_offsets: [0, 0] } }), 'bad_tensor'],
    ['a negative shape', safetensors({ a: { dtype: 'F16', shape: [-1], data_offsets: [0, 0] } }), 'bad_tensor'],
    ['a fractional shape', safetensors({ a: { dtype: 'F16', shape: [0.5], data_offsets: [0, 0] } }), 'bad_tensor'],
    ['negative offsets', safetensors({ a: tensor(-2, 0) }, Buffer.alloc(4)), 'bad_offsets'],
    ['reversed offsets', safetensors({ a: tensor(4, 2) }, Buffer.alloc(4)), 'bad_offsets'],
    ['unsafe offsets', safetensors({ a: tensor(0, 2 ** 60) }, Buffer.alloc(4)), 'bad_offsets'],
    ['offsets beyond the file', safetensors({ a: tensor(0, 5) }, Buffer.alloc(4)), 'bad_offsets'],
    ['three offsets', safetensors({ a: { dtype: 'F16', shape: [], data_offsets: [0, 1, 2] } }), 'bad_offsets'],
    ['overlapping tensors', safetensors({ a: tensor(0, 3), b: tensor(2, 4) }, Buffer.alloc(4)), 'bad_offsets'],
  ])('%s is refused', (_, bytes, reason) => {
    expect(reasonOf(bytes)).toBe(reason);
  });

  test('a length is checked against the file before anything is allocated', () => {
    const path = put(tempFolder(), 'x.safetensors', lengthField(64n * 1024n * 1024n));
    const before = process.memoryUsage().arrayBuffers;
    expect(readSafetensorsHeader(path, 8)).toMatchObject({ ok: false, reason: 'truncated' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  test('a file that is shorter than its `stat` said is truncated', () => {
    const path = put(tempFolder(), 'x.safetensors', safetensors({ a: tensor(0, 0) }));
    const { size } = statSync(path);
    truncateSync(path, 12);
    expect(readSafetensorsHeader(path, size)).toMatchObject({ ok: false, reason: 'truncated' });
  });

  test('a file that cannot be opened is unreadable', () => {
    const result = readSafetensorsHeader('/nonexistent/x.safetensors', 100);
    expect(result).toMatchObject({ ok: false, reason: 'unreadable', message: expect.not.stringContaining('/') });
    expect(readSafetensorsHeader(tempFolder(), 100)).toMatchObject({ ok: false, reason: 'unreadable' });
  });

  test('a tensor named __proto__ is a tensor', () => {
    const result = read(safetensors(`{"__proto__": ${JSON.stringify(tensor(0, 0))}}`));
    expect(result.ok && [...result.header.tensors.keys()]).toEqual(['__proto__']);
  });

  test('never throws, whatever the bytes', () => {
    const folder = tempFolder();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.json().map((text) => safetensors(text)),
      fc
        .tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.string())
        .map(([n, s]) => Buffer.concat([lengthField(n), Buffer.from(s)])),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (content, lies) => {
        const path = put(folder, 'x.safetensors', content);
        for (const result of [
          readSafetensorsHeader(path, content.length + (lies ? 50 : 0)),
          readSafetensorsMetadata(path, content.length + (lies ? 50 : 0)),
        ]) {
          if (!result.ok) expect(result.reason).toMatch(/^[a-z_0-9]+$/);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('readSafetensorsMetadata', () => {
  const readMetadata = (bytes: Buffer): unknown => {
    const result = readSafetensorsMetadata(put(tempFolder(), 'x.safetensors', bytes), bytes.length);
    return result.ok ? Object.fromEntries(result.metadata) : result.reason;
  };

  test.each<[string, Record<string, string>]>([
    ['small', { a: 'b' }],
    ['empty', {}],
    ['with quotes, braces and backslashes', { 'a"}': '{"x": "}\\"', b: '\\' }],
    ['larger than the first read', { a: '"}'.repeat(30_000), b: 'end' }],
  ])('metadata that is %s', (_, metadata) => {
    expect(readMetadata(safetensors({ __metadata__: metadata, t: tensor(0, 0) }))).toEqual(metadata);
  });

  test('metadata behind the tensors is found too', () => {
    expect(readMetadata(safetensors({ t: tensor(0, 0), __metadata__: { a: 'b' } }))).toEqual({ a: 'b' });
    expect(readMetadata(safetensors({ t: tensor(0, 0) }))).toEqual({});
  });

  test.each<[string, Buffer, string]>([
    ['an empty file', Buffer.alloc(0), 'truncated'],
    ['a claim of 100 MB', Buffer.concat([lengthField(100_000_000n), Buffer.from('{}')]), 'too_large'],
    ['a claim beyond the file', Buffer.concat([lengthField(500n), Buffer.from('{}')]), 'truncated'],
    ['metadata without end', safetensors('{"__metadata__":{"a":"b"'), 'not_json'],
    ['a number', safetensors({ __metadata__: { a: 1 } }), 'bad_metadata'],
    ['text', safetensors({ __metadata__: 'a' }), 'not_json'],
    [
      'invalid UTF-8',
      Buffer.concat([lengthField(25n), Buffer.from('{"__metadata__":{"a":"\xff"}', 'latin1')]),
      'not_utf8',
    ],
  ])('%s is refused', (_, bytes, reason) => {
    expect(readMetadata(bytes)).toBe(reason);
  });

  test('agrees with the whole header on every well-formed file', () => {
    const folder = tempFolder();
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (metadata) => {
        const bytes = safetensors({ __metadata__: metadata, t: tensor(0, 0) });
        const path = put(folder, 'x.safetensors', bytes);
        const whole = readSafetensorsHeader(path, bytes.length);
        const part = readSafetensorsMetadata(path, bytes.length);
        expect(part.ok && part.metadata).toEqual(whole.ok && whole.header.metadata);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
