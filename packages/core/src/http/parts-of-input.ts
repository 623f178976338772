import { Readable } from 'node:stream';
import { ModelshelfError } from '../errors.js';
import type { Part } from '../ports/call.js';

/** The parts of a call in process, as a multipart body would bring them. Throws `validation_failed` for what can be none. */
export async function* partsOfInput(input: object): AsyncIterable<Part> {
  for (const [name, value] of Object.entries(input) as [string, unknown][]) {
    if (value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'number') yield { kind: 'field', name, value: String(value) };
    else yield filePart(name, value);
  }
}

function filePart(name: string, value: unknown): Part {
  const type = 'application/octet-stream';
  if (value instanceof Uint8Array) {
    return { kind: 'file', name, filename: name, contentType: type, stream: Readable.from([value]) };
  }
  if (value instanceof Blob) {
    const filename = 'name' in value && typeof value.name === 'string' ? value.name : name;
    const stream = Readable.fromWeb(value.stream());
    return { kind: 'file', name, filename, contentType: value.type || type, stream };
  }
  throw new ModelshelfError('validation_failed', `${name}: expected a text, a number or bytes`);
}
