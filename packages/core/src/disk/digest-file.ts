import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { TensorsDigest } from './digest-tensors.js';
import { fsErrorCode, fsErrorReason } from './fs-error.js';
import { Probe } from './probe.js';
import type { DigestAnswer, DigestRefusal } from './worker-protocol.js';

/** How `digestFile` reads. */
export interface DigestFileOptions {
  /** Used again and again. */
  readonly buffer: Buffer;
  /** Whether the AutoV3 is computed in the same pass, where the file is safetensors and its header states none. */
  readonly autov3?: boolean;
}

const refused = (refusal: DigestRefusal, message: string): DigestAnswer => ({ kind: 'refused', refusal, message });

const same = (a: Stats, b: Stats): boolean => a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;

/**
 * The SHA-256 of a whole file and its probe, read synchronously in one pass.
 *
 * Invariant: a digest is answered only if size, mtime and inode were equal before and after reading, so a file that
 * grows, is rewritten or is replaced meanwhile is `changed` and has none. Never throws.
 *
 * @param onBlock Called after every block with the bytes read so far; false stops.
 */
export function digestFile(
  path: string,
  { buffer, autov3 = false }: DigestFileOptions,
  onBlock: (bytesRead: number) => boolean,
): DigestAnswer {
  let fd: number | undefined;
  try {
    // Without O_NONBLOCK a pipe would block the thread for ever; it means nothing for a regular file.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const before = fstatSync(fd);
    if (!before.isFile()) return refused('unreadable', 'It is not a file.');
    const hash = createHash('sha256');
    const probe = new Probe(before.size);
    const tensors = autov3 ? TensorsDigest.of(fd, before.size) : undefined;
    let bytesRead = 0;
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      const block = buffer.subarray(0, read);
      hash.update(block);
      probe.add(block, bytesRead);
      tensors?.add(block, bytesRead);
      bytesRead += read;
      // Without this check a file that somebody keeps writing to would never end.
      if (bytesRead > before.size) return refused('changed', 'The file grew while it was read.');
      if (!onBlock(bytesRead)) return { kind: 'cancelled' };
    }
    const unchanged = bytesRead === before.size && same(before, fstatSync(fd)) && same(before, statSync(path));
    if (!unchanged) return refused('changed', 'The file changed while it was read.');
    const file = { size: before.size, mtimeMs: before.mtimeMs, ino: before.ino };
    const computed = tensors?.autov3();
    const digest = { sha256: hash.digest('hex'), probe: probe.text() };
    return { kind: 'done', digest: computed === undefined ? digest : { ...digest, autov3: computed }, file };
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error));
    return refused(missing ? 'missing' : 'unreadable', `The file could not be read: ${fsErrorReason(error)}.`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
