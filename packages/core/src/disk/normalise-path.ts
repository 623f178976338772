import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';

/** The path with `/` separators. A backslash that is part of a name (outside Windows) stays. */
export function toForwardSlashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}

/** The path made absolute, without `.`, `..` and trailing separators, with `/` separators. Links stay as they are. */
export function absolutePath(path: string, base: string = process.cwd()): string {
  return toForwardSlashes(resolve(base, path));
}

/**
 * The path with the home folder in the place of a leading `~`; `~name` and any other `~` stay as they are. Settings files
 * and some shells do not do it. Throws when the process has no home folder.
 */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return toForwardSlashes(path).startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

/** A name below a folder; both with `/` separators. */
export function joinPath(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** Tells whether a path is a folder or lies below it. Whole components count: `/a/lora2` is not within `/a/lora`. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The path below a folder that contains it; empty for the folder itself. */
export function relativeTo(folder: string, path: string): string {
  return path.slice(folder.endsWith('/') ? folder.length : folder.length + 1);
}

/** The path itself and every folder above it, longest first; for absolute paths with `/` separators. */
export function* selfAndAncestors(path: string): Iterable<string> {
  yield path;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end);
  if (path.startsWith('/') && path !== '/') yield '/';
}

/** The folder that a path with `/` separators lies in. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? path.slice(0, end + 1) : path.slice(0, end);
}

/** The last component of a path with `/` separators. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A file name without its last extension; a name that only begins with a dot has none. */
export function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name : name.slice(0, dot);
}

/** The last extension of a file name in lower case, with its dot; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot).toLowerCase();
}
