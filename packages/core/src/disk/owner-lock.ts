import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import { folderOf, joinPath, nameOf } from './normalise-path.js';
import { TEMPORARY_SUFFIX } from './write-atomically.js';

const ownerSchema = z.object({ host: z.string(), pid: z.number(), token: z.string(), startedAt: z.number() });
type Owner = z.infer<typeof ownerSchema>;

/** A lock file as it was found; one that was cut off while it was written names no owner. */
interface FoundLock {
  readonly owner: Owner | undefined;
  readonly mtimeMs: number;
}

export interface LockTimes {
  readonly heartbeatMs: number;
  readonly staleMs: number;
}

export const LOCK_TIMES: LockTimes = { heartbeatMs: 5_000, staleMs: 20_000 };

/** For another machine, whose clock may be wrong by less than this. */
const HOUR = 3_600_000;

/**
 * Takes lock files: one owner at a time, also between processes and machines.
 *
 * Invariant: a lock whose owner shows signs of life is never taken over.
 */
export class OwnerLocks {
  readonly #files: FileOperations;
  readonly #times: LockTimes;
  /** When a heartbeat of an owner that may live was first seen, by our own clock. */
  readonly #sightings = new Map<string, { readonly mtimeMs: number; readonly at: number }>();

  constructor(files: FileOperations, times: LockTimes = LOCK_TIMES) {
    this.#files = files;
    this.#times = times;
  }

  /** Makes the lock file, whose folder must be there. Throws `library_locked` when it has another owner. */
  async take(path: string): Promise<OwnerLock> {
    const owner: Owner = { host: hostname(), pid: process.pid, token: randomUUID(), startedAt: Date.now() };
    let tookOver = false;
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await this.#files.writeNew(path, JSON.stringify(owner));
        return new OwnerLock(path, owner.token, tookOver, this.#files, this.#times.heartbeatMs);
      } catch (error) {
        if (fsErrorCode(error) !== 'EEXIST') throw error;
      }
      const found = await readLock(path, this.#files);
      if (found === undefined) continue;
      if (!this.#isStale(path, found)) throw heldBy(found.owner);
      if (await this.#remove(path, found, owner.token)) tookOver = true;
    }
    throw heldBy(undefined);
  }

  #isStale(path: string, { owner, mtimeMs }: FoundLock): boolean {
    const age = Date.now() - mtimeMs;
    if (owner === undefined) return age > this.#times.staleMs;
    if (owner.host === hostname()) {
      // What shares our event loop and is silent was given up.
      if (isDead(owner) || (owner.pid === process.pid && age > this.#times.staleMs)) return true;
      // Another process that lives and is silent was suspended, maybe with us: it may go on at any moment.
    } else if (age > HOUR) return true;
    const sighting = this.#sightings.get(path);
    if (sighting?.mtimeMs !== mtimeMs) this.#sightings.set(path, { mtimeMs, at: performance.now() });
    return sighting?.mtimeMs === mtimeMs && performance.now() - sighting.at > this.#times.staleMs;
  }

  /** Removes a stale lock; when another process was quicker, what it took is given back. */
  async #remove(path: string, stale: FoundLock, token: string): Promise<boolean> {
    const present = await readLock(path, this.#files);
    if (present === undefined || !isSameLock(stale, present)) return false;
    const aside = `${path}.${token}${TEMPORARY_SUFFIX}`;
    try {
      await this.#files.rename(path, aside);
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
    const taken = await readLock(aside, this.#files);
    const isStale = taken !== undefined && isSameLock(stale, taken);
    if (!isStale) await this.#files.link(aside, path).catch(() => undefined);
    await unlinkIfThere(aside, this.#files);
    return isStale;
  }
}

/** A lock that this process holds until it is released; the time of the file says that the owner lives. */
export class OwnerLock {
  readonly path: string;
  /** Whether it was taken from an owner who died. */
  readonly tookOver: boolean;
  readonly #token: string;
  readonly #files: FileOperations;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;

  constructor(path: string, token: string, tookOver: boolean, files: FileOperations, heartbeatMs: number) {
    this.path = path;
    this.tookOver = tookOver;
    this.#token = token;
    this.#files = files;
    this.#timer = setInterval(() => void (this.#beating ??= this.#beat()), heartbeatMs);
    this.#timer.unref();
  }

  /** False when somebody took it over, because this process seemed dead, or removed it. */
  async isOurs(): Promise<boolean> {
    return (await readLock(this.path, this.#files))?.owner?.token === this.#token;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    if (!(await this.isOurs())) return;
    await this.#sweep();
    await unlinkIfThere(this.path, this.#files);
  }

  /** Removes what is left of owners that died while they took the lock over. */
  async #sweep(): Promise<void> {
    const [folder, prefix] = [folderOf(this.path), `${nameOf(this.path)}.`];
    for (const name of await this.#files.readdir(folder)) {
      if (name.startsWith(prefix) && name.endsWith(TEMPORARY_SUFFIX)) {
        await unlinkIfThere(joinPath(folder, name), this.#files);
      }
    }
  }

  async #beat(): Promise<void> {
    try {
      const now = new Date();
      if (await this.isOurs()) await this.#files.utimes(this.path, now, now);
    } catch {
      // The next beat may reach the disk again; until then others see an older time.
    } finally {
      this.#beating = undefined;
    }
  }
}

async function readLock(path: string, files: FileOperations): Promise<FoundLock | undefined> {
  const status = await statusAt(path, files);
  if (status === undefined) return undefined;
  try {
    const { data } = ownerSchema.safeParse(JSON.parse((await files.readFile(path)).toString()));
    return { owner: data, mtimeMs: status.mtimeMs };
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { owner: undefined, mtimeMs: status.mtimeMs };
    throw error;
  }
}

const isSameLock = (one: FoundLock, other: FoundLock): boolean =>
  one.owner?.token === other.owner?.token && one.mtimeMs === other.mtimeMs;

function isDead({ pid, startedAt }: Owner): boolean {
  // A container begins with the same numbers again: an owner from before our own start was another process.
  if (pid === process.pid) return startedAt < Date.now() - process.uptime() * 1000 - 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return fsErrorCode(error) === 'ESRCH';
  }
}

function heldBy(owner: Owner | undefined): ModelshelfError {
  const who = owner === undefined ? 'Another process' : `Another process (${String(owner.pid)} on ${owner.host})`;
  return new ModelshelfError('library_locked', `${who} is changing this library right now; try again in a moment.`);
}
