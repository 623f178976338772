import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { pathLockKey } from '../../disk/path-locks.js';
import { isModelshelfError } from '../../errors.js';
import type { ModelMutations } from '../model-mutations.js';
import type { ModelRelocations, Relocation } from '../model-relocation.js';
import type { OrganizedModel, RelocationNote } from './run-notes.js';

/** A model that shall get another path. */
export interface WantedMove {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The size that its file must have for that; absent: any. */
  readonly size?: number;
}

interface RelocationBatchParts {
  readonly mutations: ModelMutations;
  readonly relocations: ModelRelocations;
  readonly signal: AbortSignal;
  /** What journal and history call its plans. */
  readonly kind: string;
  /** What the history keeps of a plan; absent: nothing. */
  readonly noteOf?: (moves: readonly OrganizedModel[], folders: readonly string[]) => RelocationNote;
  readonly onMoved: (models: readonly OrganizedModel[]) => void;
  readonly onFailed: (wanted: WantedMove, message: string) => void;
}

interface Planned extends WantedMove {
  readonly model: CatalogRecord;
  readonly relocation: Relocation;
}

/**
 * Moves several models by one plan; when that fails, each by its own.
 *
 * Invariant: the failure of one model undoes no other, and each is told once, unless the run is cancelled before its turn.
 */
export class RelocationBatch {
  readonly #parts: RelocationBatchParts;

  constructor(parts: RelocationBatchParts) {
    this.#parts = parts;
  }

  async moveAll(wanted: readonly WantedMove[]): Promise<void> {
    if (wanted.length === 0) return;
    const paths = wanted.flatMap(({ from, to }) => [from, to]);
    await this.#parts.mutations.whileLocked(paths, () => this.#inOrder(wanted));
  }

  /** As if one were moved after the other: what depends on a move before it waits for that one. */
  async #inOrder(wanted: readonly WantedMove[]): Promise<void> {
    let group: Planned[] = [];
    const flush = async (): Promise<void> => {
      const planned = group;
      group = [];
      await this.#carryOut(planned);
    };
    for (const each of wanted) {
      if (this.#parts.signal.aborted) return;
      if (group.some((other) => isEntangled(other, each))) await flush();
      let planned = await this.#plan(each);
      if (typeof planned === 'string' && group.length > 0) {
        await flush();
        planned = await this.#plan(each);
      }
      if (typeof planned === 'string') this.#parts.onFailed(each, planned);
      else group.push(planned);
    }
    await flush();
  }

  /** A text says why not. */
  async #plan(wanted: WantedMove): Promise<Planned | string> {
    const { mutations, relocations } = this.#parts;
    const model = mutations.rowOf(wanted.from);
    if (model === undefined) return 'Failed to move model: it is not there any more';
    if (wanted.size !== undefined && wanted.size !== model.file.size)
      return 'Failed to move model: it is another file now';
    try {
      return { ...wanted, model, relocation: await relocations.plan(model, wanted.to) };
    } catch (error) {
      const { code, message } = toMutationError(error, wanted.from);
      return code === 'conflict' ? message : `Error: ${message}`;
    }
  }

  async #carryOut(group: readonly Planned[]): Promise<void> {
    const { mutations, signal, kind, noteOf, onMoved, onFailed } = this.#parts;
    const [first] = group;
    if (first === undefined || signal.aborted) return;
    const all = group.map(({ relocation }) => relocation);
    const moves = group.map(({ model, relocation: { from, to } }) => ({ from, to, size: model.file.size }));
    const history = noteOf?.(moves, [...new Set(all.flatMap(({ folders }) => folders))]);
    const plan = {
      kind,
      moves: all.flatMap(({ files }) => files.moves),
      creates: all.flatMap(({ files }) => files.creates),
      discards: all.flatMap(({ files }) => files.discards),
    };
    try {
      await mutations.run(plan, { signal, ...(history === undefined ? {} : { history }) });
    } catch (error) {
      if (signal.aborted && isModelshelfError(error) && error.code === 'cancelled') return;
      if (group.length === 1) onFailed(first, `Error: ${toMutationError(error, first.from).message}`);
      else for (const one of group) await this.#carryOut([one]);
      return;
    }
    const moved = moves.map(({ from, to }) => ({ from, to }));
    await mutations.commit({ moved, touched: all.flatMap(({ touched }) => touched) });
    onMoved(moves);
  }
}

/** Whether two moves of one group would get in each other's way: they begin or end at one folder and stem. */
function isEntangled(a: WantedMove, b: WantedMove): boolean {
  return pathLockKey(a.to) === pathLockKey(b.to) || pathLockKey(a.from) === pathLockKey(b.from);
}
