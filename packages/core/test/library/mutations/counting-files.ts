import { writeFileSync } from 'node:fs';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';

/** What changes the disk, or makes sure that it is changed. */
export const MUTATING_CALLS = [
  'mkdir',
  'rmdir',
  'rename',
  'link',
  'symlink',
  'unlink',
  'copyNew',
  'writeNew',
  'utimes',
  'sync',
  'syncFolder',
] as const satisfies readonly (keyof FileOperations)[];

export type MutatingCall = (typeof MUTATING_CALLS)[number];

/** What a test does instead of, before or after one call. */
export interface CallHooks {
  /** May throw: then the call does not happen. */
  readonly before?: (call: MutatingCall, paths: readonly string[], content?: unknown) => void | Promise<void>;
  readonly after?: (call: MutatingCall, paths: readonly string[]) => void | Promise<void>;
}

/** The disk, with a test's hooks around every call that changes it. */
export function hookedFiles(hooks: CallHooks, below: FileOperations = nodeFileOperations): FileOperations {
  const around =
    <A extends readonly [string, ...unknown[]]>(name: MutatingCall, call: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      const [first, second] = args;
      const paths = typeof second === 'string' && name !== 'writeNew' ? [first, second] : [first];
      await hooks.before?.(name, paths, second);
      await call(...args);
      await hooks.after?.(name, paths);
    };
  return {
    ...below,
    mkdir: around('mkdir', below.mkdir),
    rmdir: around('rmdir', below.rmdir),
    rename: around('rename', below.rename),
    link: around('link', below.link),
    symlink: around('symlink', below.symlink),
    unlink: around('unlink', below.unlink),
    copyNew: around('copyNew', below.copyNew),
    writeNew: around('writeNew', below.writeNew),
    utimes: around('utimes', below.utimes),
    sync: around('sync', below.sync),
    syncFolder: around('syncFolder', below.syncFolder),
  };
}

/** An error as the system throws it. */
export function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call} '${path}'`), { code, syscall: call, path });
}

/** Hooks of a shelf whose folder `more` lies on another device. */
export function otherDevice(more: string): CallHooks {
  const isThere = (path: string): boolean => path === more || path.startsWith(`${more}/`);
  return {
    before: (call, [from = '', to = '']) => {
      if ((call === 'rename' || call === 'link') && isThere(from) !== isThere(to))
        throw systemError('EXDEV', call, from);
    },
  };
}

/** Leaves half of what a call would have written, as a crash may. */
export function writeHalf(call: MutatingCall, path: string, content: unknown): void {
  if (call !== 'writeNew') return;
  const whole = Buffer.from(typeof content === 'string' ? content : (content as Uint8Array));
  writeFileSync(path, whole.subarray(0, Math.floor(whole.length / 2)), { flag: 'wx' });
}
