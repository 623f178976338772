import { ModelshelfError } from '../errors.js';
import type { Part } from '../ports/call.js';
import { headerValue } from './header-value.js';
import { PartFeed } from './part-feed.js';
import { bodyConsumed } from './read-body.js';
import type { BodySource } from './request-body.js';
import type { BodyLimits } from './route-host.js';

/**
 * The fields and files of a multipart body in the order in which they arrive. Nothing is read before the first pull.
 *
 * Invariant: a file that is read slowly, or not at all, is never gathered in memory; its unread bytes are discarded
 * when the next part is taken.
 * Invariant: file names are bare names, without folders.
 */
export async function* readParts(source: BodySource, limits: BodyLimits): AsyncGenerator<Part, void, undefined> {
  const contentType = headerValue(source.headers, 'content-type') ?? '';
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) {
    throw new ModelshelfError('unsupported_media_type', 'The body must be multipart/form-data');
  }
  const body = await source.readBody();
  if (body.kind !== 'stream') throw bodyConsumed();
  const feed = new PartFeed(body.stream, contentType, limits);
  try {
    for (let part = await feed.next(); part !== undefined; part = await feed.next()) yield part;
  } finally {
    feed.close();
  }
}
