import type { BigIntStats } from 'node:fs';
import type { HostRequest } from './contract.js';
import { headerValue } from './header-value.js';

/** What tells one state of a file from another. */
export interface FileValidators {
  /** Strong: size, modification time to the nanosecond, and inode. */
  readonly etag: string;
  /** An HTTP date, so to the second. */
  readonly lastModified: string;
}

/** The validators of a file as it was measured. */
export function validatorsOf(stats: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ino' | 'mtime'>): FileValidators {
  const tag = [stats.size, stats.mtimeNs, stats.ino].map((part) => part.toString(36)).join('-');
  return { etag: `"${tag}"`, lastModified: stats.mtime.toUTCString() };
}

/** Whether the client's copy is still good. If-None-Match decides alone when it is there (RFC 9110, 13.1.3). */
export function isNotModified(headers: HostRequest['headers'], file: FileValidators): boolean {
  const noneMatch = headerValue(headers, 'if-none-match');
  if (noneMatch !== undefined) {
    return noneMatch.trim() === '*' || tagsIn(noneMatch).some((tag) => tag.replace(/^W\//, '') === file.etag);
  }
  const since = Date.parse(headerValue(headers, 'if-modified-since') ?? '');
  return Date.parse(file.lastModified) <= since;
}

/** Whether a range may be taken from this file: true without If-Range, else only for the very same state of it. */
export function mayTakeRange(headers: HostRequest['headers'], file: FileValidators): boolean {
  const ifRange = headerValue(headers, 'if-range')?.trim();
  if (ifRange === undefined || ifRange === file.etag) return true;
  // A weak tag never matches here: two files that mean the same do not have the same bytes.
  return !ifRange.includes('"') && Date.parse(ifRange) === Date.parse(file.lastModified);
}

/** Tags may hold commas, so the list cannot be split at them. */
function tagsIn(list: string): readonly string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
