import { ModelshelfError } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import type { FilePlan, PlannedMove, PlannedRewrite } from './file-plan.js';
import { fsErrorCode } from './fs-error.js';
import { journalEntrySchema, type HistoryNote, type JournalEntry, type MoveStep } from './journal-entry.js';
import { joinPath } from './normalise-path.js';
import { sha256Of } from './rewrite-step.js';

/** A plan that was applied. */
export interface HistoryEntry {
  readonly id: string;
  readonly note: HistoryNote;
  /** Milliseconds since the epoch. */
  readonly appliedAt: number;
  readonly moves: readonly PlannedMove[];
}

/** The plan that takes an applied one back, as far as that is still possible. */
export interface UndoPlan extends FilePlan {
  /** What was changed or removed since; it stays as it is. */
  readonly left: readonly string[];
}

interface HistoryParts {
  /** `/` separators. */
  readonly dataDir: string;
  readonly files: FileOperations;
  readonly clock: Clock;
  readonly logger: Logger;
}

const KEPT_FOR_MS = 30 * 24 * 3_600_000;
const isId = (id: string): boolean => /^[a-z0-9]+$/.test(id);

/** The plans that were applied in the last 30 days and noted, so that they can be undone. */
export class History {
  readonly #folder: string;
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#folder = joinPath(parts.dataDir, 'history');
    this.#parts = parts;
  }

  /** Newest first. */
  async list(): Promise<readonly HistoryEntry[]> {
    const entries: JournalEntry[] = [];
    for (const id of await this.#ids()) {
      const entry = await this.#read(id);
      if (entry !== undefined && !this.#isExpired(entry)) entries.push(entry);
    }
    return entries.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1)).flatMap(historyEntryOf);
  }

  async get(id: string): Promise<HistoryEntry | undefined> {
    const entry = await this.#read(id);
    return entry === undefined || this.#isExpired(entry) ? undefined : historyEntryOf(entry)[0];
  }

  /**
   * The plan that takes an applied one back: moved files go back, new ones go, rewritten ones get their former text. What was
   * changed since is left out of it, and so is what nobody can bring back: files that were discarded. Throws `not_found`.
   */
  async undoPlanOf(id: string): Promise<UndoPlan> {
    const entry = await this.#read(id);
    if (entry === undefined || this.#isExpired(entry)) throw new ModelshelfError('not_found', 'Undo window expired');
    const left: string[] = [];
    const [moves, discards, rewrites]: [PlannedMove[], string[], PlannedRewrite[]] = [[], [], []];
    for (const step of entry.steps.toReversed()) {
      if (step.do === 'move') {
        if (await this.#isStill(step)) moves.push({ from: step.to, to: step.from });
        else left.push(step.to);
      } else if (step.do === 'create') {
        if ((await this.#digestOf(step.path)) === step.sha256) discards.push(step.path);
        else left.push(step.path);
      } else if (step.do === 'rewrite') {
        const unchanged = (await this.#digestOf(step.path)) === step.after;
        if (unchanged) rewrites.push({ path: step.path, content: Buffer.from(step.before, 'base64').toString() });
        else left.push(step.path);
      } else {
        left.push(step.path);
      }
    }
    const back = new Map(moves.map(({ from, to }) => [from, to]));
    return {
      kind: `undo-${entry.kind}`,
      moves,
      discards,
      rewrites: rewrites.map(({ path, content }) => ({ path: back.get(path) ?? path, content })),
      emptied: entry.folders.toReversed(),
      left,
    };
  }

  async forget(id: string): Promise<void> {
    if (isId(id)) await unlinkIfThere(joinPath(this.#folder, `${id}.json`), this.#parts.files);
  }

  /** Forgets what is older than 30 days. */
  async prune(): Promise<void> {
    for (const id of await this.#ids()) {
      const entry = await this.#read(id);
      if (entry !== undefined && this.#isExpired(entry)) await this.forget(id);
    }
  }

  #isExpired({ startedAt }: JournalEntry): boolean {
    return this.#parts.clock.now() - startedAt > KEPT_FOR_MS;
  }

  /** Tells whether a file, or link, is where it was moved to; it may have been edited since. */
  async #isStill({ to, link }: MoveStep): Promise<boolean> {
    const status = await statusAt(to, this.#parts.files);
    return link === undefined ? status?.isFile() === true : status?.isSymbolicLink() === true;
  }

  async #digestOf(path: string): Promise<string | undefined> {
    try {
      return sha256Of(await this.#parts.files.readFile(path));
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #ids(): Promise<readonly string[]> {
    try {
      const names = await this.#parts.files.readdir(this.#folder);
      return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #read(id: string): Promise<JournalEntry | undefined> {
    if (!isId(id)) return undefined;
    try {
      const text = (await this.#parts.files.readFile(joinPath(this.#folder, `${id}.json`))).toString();
      return journalEntrySchema.parse(JSON.parse(text));
    } catch (error) {
      if (fsErrorCode(error) !== 'ENOENT') this.#parts.logger.warn('An applied plan cannot be read.', { id, error });
      return undefined;
    }
  }
}

function historyEntryOf({ id, note, startedAt, steps }: JournalEntry): [] | [HistoryEntry] {
  if (note === undefined) return [];
  const moves = steps.flatMap((step) => (step.do === 'move' ? [{ from: step.from, to: step.to }] : []));
  return [{ id, note, appliedAt: startedAt, moves }];
}
