import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { StepContents } from './act-plan.js';
import { fileAt, folderAt, identityOfStatus, inTheWay, statusAt, type FileIdentity } from './file-identity.js';
import type { FilePlan, PlannedFile, PlannedLink, PlannedMove, PlannedRewrite } from './file-plan.js';
import { JOURNAL_FORMAT, type HistoryNote, type JournalEntry, type JournalStep } from './journal-entry.js';
import { differsInSpellingOnly } from './move-step.js';
import { absolutePath, folderOf, isWithin, joinPath, nameOf, relativeTo, toForwardSlashes } from './normalise-path.js';
import { sha256Of } from './rewrite-step.js';
import { TEMPORARY_SUFFIX } from './write-atomically.js';

/** Where plans may change files, and how. */
export interface PlanPlace {
  readonly roots: readonly string[];
  readonly dataDir: string;
  readonly files: FileOperations;
  readonly now: number;
}

/** What goes into the journal, and what is written to files only. */
export interface PreparedPlan {
  readonly entry: JournalEntry;
  readonly contents: StepContents;
}

/**
 * Looks at everything that a plan names and works out its steps; nothing is touched. Throws `path_outside_roots`,
 * `storage_unavailable` for a root that is away, `not_found` for a source and `conflict` for a target.
 */
export async function preparePlan(plan: FilePlan, place: PlanPlace, note?: HistoryNote): Promise<PreparedPlan> {
  return new PlanPreparation(place).prepare(plan, note);
}

class PlanPreparation {
  readonly #place: PlanPlace;
  readonly #files: FileOperations;
  readonly #id: string;
  readonly #steps: JournalStep[] = [];
  readonly #contents = new Map<JournalStep, string | Uint8Array>();
  readonly #roots = new Map<string, Stats>();
  readonly #mounts = new Map<string, number>();
  readonly #looked = new Set<string>();
  readonly #missingFolders = new Set<string>();
  readonly #presentFolders = new Set<string>();
  /** What was at a path that an earlier step leaves free. */
  readonly #freed = new Map<string, FileIdentity>();
  /** Target to source, of the moves so far. */
  readonly #moved = new Map<string, string>();
  readonly #taken = new Set<string>();
  #temporaryFiles = 0;

  constructor(place: PlanPlace) {
    this.#place = place;
    this.#files = place.files;
    this.#id = place.now.toString(36) + randomBytes(6).toString('hex');
  }

  async prepare(plan: FilePlan, note: HistoryNote | undefined): Promise<PreparedPlan> {
    for (const path of plan.discards ?? []) await this.#discard(path);
    for (const move of plan.moves ?? []) await this.#move(move);
    for (const file of plan.creates ?? []) await this.#create(file);
    for (const rewrite of plan.rewrites ?? []) await this.#rewrite(rewrite);
    for (const link of plan.links ?? []) await this.#link(link);
    const emptied = (plan.emptied ?? []).filter((folder) => !this.#place.roots.some((root) => isWithin(folder, root)));
    for (const folder of emptied) await this.#enter(folder);
    const entry: JournalEntry = {
      format: JOURNAL_FORMAT,
      id: this.#id,
      kind: plan.kind,
      startedAt: this.#place.now,
      roots: Array.from(this.#roots, ([path, { ino }]) => ({ path, ino })),
      ...(this.#mounts.size === 0 ? {} : { mounts: Array.from(this.#mounts, ([path, ino]) => ({ path, ino })) }),
      folders: [...this.#missingFolders].sort((a, b) => a.length - b.length),
      steps: this.#steps,
      emptied,
      ...(note === undefined ? {} : { note: { ...note } }),
    };
    return { entry, contents: this.#contents };
  }

  async #discard(path: string): Promise<void> {
    await this.#enter(path);
    const status = await statusAt(path, this.#files);
    if (status === undefined) return;
    const file = identityOfStatus(await this.#leave(path));
    this.#steps.push({ do: 'discard', path, gone: this.#temporaryBeside(path), file });
  }

  async #move({ from, to }: PlannedMove): Promise<void> {
    await this.#enter(from);
    await this.#enter(to);
    if (from === to) return;
    const respelt = differsInSpellingOnly(from, to);
    const former = await this.#occupy(to, respelt ? from : undefined);
    const status = await this.#leave(from);
    await this.#expectFolder(to);
    this.#moved.set(to, from);
    this.#steps.push({
      do: 'move',
      from,
      to,
      file: identityOfStatus(status),
      temp: this.#temporaryBeside(to),
      gone: this.#temporaryBeside(from),
      ...(former === undefined ? {} : { former }),
      ...(status.isSymbolicLink() ? { link: await this.#linkFor(from, to) } : {}),
    });
  }

  async #create({ path, content }: PlannedFile): Promise<void> {
    await this.#enter(path);
    const former = await this.#occupy(path);
    await this.#expectFolder(path);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.#add(bytes, {
      do: 'create',
      path,
      temp: this.#temporaryBeside(path),
      size: bytes.byteLength,
      sha256: sha256Of(bytes),
      ...(former === undefined ? {} : { former }),
    });
  }

  async #rewrite({ path, content }: PlannedRewrite): Promise<void> {
    await this.#enter(path);
    const present = this.#moved.get(path) ?? path;
    const { mtimeMs } = await fileAt(present, this.#files);
    const before = await this.#files.readFile(present);
    if (before.equals(Buffer.from(content))) return;
    this.#add(content, {
      do: 'rewrite',
      path,
      temp: this.#temporaryBeside(path),
      kept: this.#temporaryBeside(path),
      before: before.toString('base64'),
      beforeMtimeMs: mtimeMs,
      after: sha256Of(content),
    });
  }

  async #link({ path, to }: PlannedLink): Promise<void> {
    await this.#enter(path);
    await this.#enter(to);
    const [status, target] = [await fileAt(path, this.#files), await fileAt(to, this.#files)];
    if (status.ino === target.ino && status.dev === target.dev) return;
    if (!status.isFile() || !target.isFile() || status.size !== target.size) {
      throw new ModelshelfError('conflict', `"${nameOf(path)}" and "${nameOf(to)}" are not the same.`);
    }
    const [temp, kept] = [this.#temporaryBeside(path), this.#temporaryBeside(path)];
    const [file, theirs] = [identityOfStatus(status), identityOfStatus(target)];
    this.#steps.push({ do: 'link', path, to, temp, kept, file, target: theirs });
  }

  #add(content: string | Uint8Array, step: JournalStep): void {
    this.#steps.push(step);
    this.#contents.set(step, content);
  }

  #temporaryBeside(path: string): string {
    return joinPath(folderOf(path), `.${this.#id}-${String(this.#temporaryFiles++)}${TEMPORARY_SUFFIX}`);
  }

  /** Checks that a path lies below a root, and that the root is there. */
  async #enter(path: string): Promise<void> {
    const { roots, dataDir } = this.#place;
    const root = [...roots, dataDir].find((folder) => path !== folder && isWithin(folder, path));
    if (root === undefined || path !== absolutePath(path)) {
      throw new ModelshelfError('path_outside_roots', `"${nameOf(path)}" is outside configured library directories`);
    }
    if (root === dataDir) return;
    if (!this.#roots.has(root)) {
      const status = await folderAt(root, this.#files);
      if (status === undefined) {
        throw new ModelshelfError('storage_unavailable', 'The library folder cannot be reached right now.');
      }
      this.#roots.set(root, status);
    }
    await this.#lookForMount(folderOf(path), root);
  }

  /** A drive may be mounted below a root, or a link lead to one. */
  async #lookForMount(folder: string, root: string): Promise<void> {
    if (this.#looked.has(folder)) return;
    this.#looked.add(folder);
    const status = await folderAt(folder, this.#files);
    if (status !== undefined && status.dev !== this.#roots.get(root)?.dev) this.#mounts.set(folder, status.ino);
  }

  /** The file at a path that will not be there any more. */
  async #leave(path: string): Promise<Stats> {
    if (this.#freed.has(path)) throw twice(path);
    const status = await fileAt(path, this.#files);
    this.#freed.set(path, identityOfStatus(status));
    return status;
  }

  /** Checks that a path is free by the time its turn comes; what is there until then is returned. */
  async #occupy(path: string, ownSpelling?: string): Promise<FileIdentity | undefined> {
    if (this.#taken.has(path)) throw twice(path);
    this.#taken.add(path);
    const former = this.#freed.get(path);
    if (former !== undefined) return former;
    const present = await statusAt(path, this.#files);
    if (present === undefined) return undefined;
    // Where case makes no other file, one that leaves is found under its new spelling, too.
    for (const [other, file] of this.#freed) {
      if (differsInSpellingOnly(other, path) && file.ino === present.ino) return file;
    }
    const own = ownSpelling === undefined ? undefined : await statusAt(ownSpelling, this.#files);
    if (own === undefined || own.ino !== present.ino || own.dev !== present.dev) throw inTheWay(path);
    return undefined;
  }

  /** Notes the folders above a path that are not there yet. */
  async #expectFolder(path: string): Promise<void> {
    const folder = folderOf(path);
    if (this.#presentFolders.has(folder) || this.#missingFolders.has(folder)) return;
    if ((await folderAt(folder, this.#files)) !== undefined) {
      this.#presentFolders.add(folder);
      return;
    }
    if ((await statusAt(folder, this.#files)) !== undefined) throw inTheWay(folder);
    await this.#expectFolder(folder);
    this.#missingFolders.add(folder);
  }

  /** Where a link leads, and what it says from its new folder to lead there still. */
  async #linkFor(from: string, to: string): Promise<{ was: string; becomes: string }> {
    const was = await this.#files.readlink(from);
    if (isAbsolute(was) || folderOf(from) === folderOf(to)) return { was, becomes: was };
    let there = folderOf(to);
    while (this.#missingFolders.has(there)) there = folderOf(there);
    const rest = there === folderOf(to) ? '' : relativeTo(there, folderOf(to));
    const newFolder = resolve(await this.#files.realpath(there), rest);
    const target = resolve(await this.#files.realpath(folderOf(from)), was);
    return { was, becomes: toForwardSlashes(relative(newFolder, target)) };
  }
}

const twice = (path: string): ModelshelfError =>
  new ModelshelfError('conflict', `Two changes at once are asked for "${nameOf(path)}".`);
