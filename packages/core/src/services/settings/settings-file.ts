import { randomUUID } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { fsErrorCode } from '../../disk/fs-error.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { ModelshelfError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';

/** What a settings file was found to be. */
export type SettingsContent =
  | { readonly kind: 'missing' }
  | { readonly kind: 'settings'; readonly text: string; readonly raw: JsonObject }
  /** There is something, and it is no JSON object or cannot be read. */
  | { readonly kind: 'unusable'; readonly error: unknown };

/** A file with secrets is for its owner, unless its owner said otherwise. */
const OWNER_ONLY = 0o600;
const MAX_LINKS = 40;
const MAX_COPIES = 100;

/** The settings file on disk: read whole, and replaced whole. */
export class SettingsFile {
  readonly path: string;
  readonly #files: SettingsFileOperations;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(path: string, files: SettingsFileOperations, clock: Clock, logger: Logger) {
    this.path = resolve(path);
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Never rejects. */
  async read(): Promise<SettingsContent> {
    try {
      const text = (await this.#files.readFile(this.path)).toString('utf8');
      const raw = parsed(text.replace(/^\ufeff/, ''));
      if (!isJsonObject(raw)) throw new TypeError('The settings are no JSON object.');
      return { kind: 'settings', text, raw };
    } catch (error) {
      return fsErrorCode(error) === 'ENOENT' ? { kind: 'missing' } : { kind: 'unusable', error };
    }
  }

  /**
   * Puts a text in the place of the file.
   *
   * Invariant: a crash at any point leaves the old or the new file, whole; when it rejects, the old one is there.
   *
   * @param content What the file was found to be just now; what is no settings is copied first.
   * @returns The name of that copy.
   */
  async replace(text: string, content: SettingsContent): Promise<string | undefined> {
    try {
      const target = await this.#target();
      const copy = content.kind === 'unusable' ? await this.#setAside(target) : undefined;
      await this.#putOver(target, text).catch(async (error: unknown) => {
        if (copy !== undefined) await this.#forget(copy);
        throw error;
      });
      await this.#syncFolder(dirname(target)).catch(async (error: unknown) => {
        // Nobody knows whether the new file would outlast a crash: who asked is told no, and so it must not be there.
        await this.#putBack(target, content, copy).catch((cause: unknown) => {
          this.#logger.error('The former settings could not be put back.', { file: this.path, error: cause });
        });
        throw error;
      });
      return copy === undefined ? undefined : basename(copy);
    } catch (error) {
      if (fsErrorCode(error) !== 'ENOENT') throw toMutationError(error, this.path);
      throw new ModelshelfError('storage_unavailable', 'The folder of the settings file is not there.', {
        cause: error,
      });
    }
  }

  async #putOver(target: string, text: string): Promise<void> {
    const mode = await this.#files.stat(target).then(
      (stats) => stats.mode & 0o777,
      () => OWNER_ONLY,
    );
    const temporary = `${target}.${randomUUID()}.tmp`;
    try {
      await this.#files.writeNew(temporary, text, mode);
      await this.#files.rename(temporary, target);
    } catch (error) {
      await this.#forget(temporary);
      throw error;
    }
  }

  async #putBack(target: string, former: SettingsContent, copy: string | undefined): Promise<void> {
    if (copy !== undefined) await this.#files.rename(copy, target);
    else if (former.kind === 'settings') await this.#putOver(target, former.text);
    else await this.#files.unlink(target);
  }

  async #forget(file: string): Promise<void> {
    await this.#files.unlink(file).catch(() => undefined);
  }

  async #syncFolder(folder: string): Promise<void> {
    try {
      await this.#files.syncFolder(folder);
    } catch (error) {
      if (!CANNOT_SYNC_FOLDERS.has(fsErrorCode(error))) throw error;
    }
  }

  /** Copies what is in the place of the settings, whatever it is: it may be all that is left of them. */
  async #setAside(target: string): Promise<string> {
    const time = new Date(this.#clock.now()).toISOString().replaceAll(':', '-');
    for (let number = 0; ; number += 1) {
      const copy = `${target}.unreadable-${time}${number === 0 ? '' : `-${String(number)}`}`;
      try {
        await this.#files.copyNew(target, copy);
      } catch (error) {
        if (fsErrorCode(error) === 'EEXIST' && number < MAX_COPIES) continue;
        throw error;
      }
      try {
        await this.#files.sync(copy);
        await this.#syncFolder(dirname(copy));
      } catch (error) {
        await this.#forget(copy);
        throw error;
      }
      return copy;
    }
  }

  /** A link to a settings file stays a link. */
  async #target(): Promise<string> {
    let path = this.path;
    for (let links = 0; links < MAX_LINKS; links += 1) {
      const link = await this.#files.readlink(path).catch(() => undefined);
      if (link === undefined) break;
      path = resolve(dirname(path), link);
    }
    return path;
  }
}

/** The error of the parser quotes what it stands at, which may be a secret: it goes no further. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('The settings are no valid JSON.');
  }
}

/** What is said where folders cannot be flushed, such as on Windows. */
const CANNOT_SYNC_FOLDERS = new Set(['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES', 'EBADF']);

/** Everything that happens to a settings file. */
export type SettingsFileOperations = Pick<
  FileOperations,
  'readFile' | 'readlink' | 'stat' | 'rename' | 'unlink' | 'copyNew' | 'sync' | 'syncFolder'
> & {
  /** With these permissions, as far as the storage has any. */
  writeNew(path: string, content: string, mode?: number): Promise<void>;
};
