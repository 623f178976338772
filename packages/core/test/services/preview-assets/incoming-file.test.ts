import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ModelshelfError } from '../../../src/errors.js';
import { IncomingFile } from '../../../src/services/preview-assets/incoming-file.js';
import { tempFolder } from '../../disk/temp-library.js';

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const MIB = 1024 * 1024;

/** As many bytes as wanted, made while they are read. */
function endless(bytes: number) {
  const chunk = Buffer.alloc(64 * 1024, 7);
  const read = { bytes: 0 };
  function* chunks() {
    for (; read.bytes < bytes; read.bytes += chunk.length) yield chunk;
  }
  return { stream: Readable.from(chunks(), { objectMode: false, highWaterMark: chunk.length }), read };
}

describe('IncomingFile', () => {
  it('keeps what arrives, whatever it is cut into', async () => {
    const folder = tempFolder();
    const heads: string[] = [];
    const limitOf = (head: Uint8Array): number => heads.push(Buffer.from(head).toString()) * 100;
    const pieces = Readable.from(['ab', 'c', 'defgh', 'ij'].map((piece) => Buffer.from(piece)));
    const file = await IncomingFile.receive(pieces, { headBytes: 4, limitOf, folder });
    expect((await file.read()).toString()).toBe('abcdefghij');
    expect(heads).toEqual(['abcd']);
    expect(readdirSync(folder)).toHaveLength(1);
    await file.discard();
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is judged by all of it when it is shorter than its head', async () => {
    const heads: string[] = [];
    const limitOf = (head: Uint8Array): number => heads.push(Buffer.from(head).toString()) * 100;
    const file = await IncomingFile.receive(Readable.from([Buffer.from('ab')]), { headBytes: 4, limitOf });
    expect(heads).toEqual(['ab']);
    await file.discard();
    const refused = IncomingFile.receive(Readable.from([Buffer.from('ab')]), { headBytes: 4, limitOf: () => 1 });
    await expect(refused).rejects.toEqual(code('payload_too_large'));
  });

  it('W-W24: 300 MB are refused when the limit is passed: what follows is not read, nothing is held or left', async () => {
    const folder = tempFolder();
    const { stream, read } = endless(300 * MIB);
    const receiving = IncomingFile.receive(stream, { headBytes: 4096, limitOf: () => 64 * MIB, folder });
    await expect(receiving).rejects.toEqual(code('payload_too_large'));
    expect(read.bytes).toBeLessThan(65 * MIB);
    expect(stream.destroyed).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of no use is refused by its first bytes', async () => {
    const folder = tempFolder();
    const { stream, read } = endless(300 * MIB);
    const limitOf = (): number => {
      throw new ModelshelfError('unsupported_media_type', 'no');
    };
    const receiving = IncomingFile.receive(stream, { headBytes: 4096, limitOf, folder });
    await expect(receiving).rejects.toEqual(code('unsupported_media_type'));
    expect(read.bytes).toBeLessThan(MIB);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that breaks off leaves nothing', async () => {
    const folder = tempFolder();
    async function* broken() {
      yield Buffer.from('some');
      throw new ModelshelfError('cancelled', 'gone');
    }
    const receiving = IncomingFile.receive(broken(), { headBytes: 1, limitOf: () => 100, folder });
    await expect(receiving).rejects.toEqual(code('cancelled'));
    expect(readdirSync(folder)).toEqual([]);
  });
});
