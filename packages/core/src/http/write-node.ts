import type { ServerResponse } from 'node:http';
import { Readable, pipeline } from 'node:stream';
import type { WireResponse } from './contract.js';

/**
 * Writes an answer to a Node response; resolves when it is finished or the client left, and never rejects.
 *
 * Invariant: a payload stream is destroyed in every case; a source that breaks off takes the connection with it, so
 * that the client does not wait for the rest.
 */
export function writeNode(res: ServerResponse, { status, headers, payload }: WireResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.closed || res.destroyed || res.headersSent) {
      if (payload instanceof Readable) payload.destroy();
      resolve();
      return;
    }
    res.writeHead(status, headers);
    if (payload instanceof Readable) {
      // Told of every end by `pipeline`; a premature one is the client's or was reported where it happened.
      pipeline(payload, res, () => resolve());
      return;
    }
    res.once('close', resolve);
    if (payload === null) res.end();
    else res.end(payload);
  });
}
