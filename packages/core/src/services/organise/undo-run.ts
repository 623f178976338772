import { nameOf, stemOf } from '../../disk/normalise-path.js';
import type { TargetFolders } from '../../disk/target-folders.js';
import { ModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import type { ModelRelocations } from '../model-relocation.js';
import { removeEmptied } from './emptied-folders.js';
import { BATCH_SIZE } from './organize-run.js';
import { RelocationBatch } from './relocation-batch.js';
import { ORGANIZE_KIND, readRunNote, type OrganizedModel } from './run-notes.js';

/** The applied plans that are kept, newest first. */
export interface RunHistory {
  list(): Promise<
    readonly { readonly id: string; readonly note: { readonly kind: string; readonly data?: unknown } }[]
  >;
  forget(id: string): Promise<void>;
}

/** What an undo did. */
export interface UndoneRun {
  /** Paths that models are back at. */
  readonly restored: readonly string[];
  /** Models that stay where the run moved them. */
  readonly refused: readonly { readonly filePath: string; readonly message: string }[];
}

interface UndoParts {
  readonly mutations: ModelMutations;
  readonly relocations: ModelRelocations;
  readonly targets: TargetFolders;
  readonly history: RunHistory;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface RunPlan {
  readonly id: string;
  readonly moves: readonly OrganizedModel[];
  readonly folders: readonly string[];
}

/**
 * Moves everything that the last run moved back to where it was, the last first, with what belongs to it now: notes that were
 * written since stay. What cannot go back stays where it is, and can be undone again later.
 *
 * Invariant: an undo overwrites nothing: a model whose former path is taken is refused, and no other with it.
 */
export async function undoLastRun(parts: UndoParts): Promise<UndoneRun> {
  const { mutations, history, signal } = parts;
  const plans = await lastRunOf(mutations.modelType.name, history);
  if (plans.length === 0) throw new ModelshelfError('not_found', 'There is no auto-organize run to undo');
  const restored: string[] = [];
  const refused: { filePath: string; message: string }[] = [];
  for (const { id, moves, folders } of plans) {
    const before = refused.length;
    const batch = new RelocationBatch({
      ...parts,
      kind: 'auto_organize_undo',
      onMoved: (models) => restored.push(...models.map(({ to }) => to)),
      onFailed: ({ from }, message) => refused.push({ filePath: from, message }),
    });
    const back = moves.filter((move) => !isBack(move, mutations)).reverse();
    for (let at = 0; at < back.length; at += BATCH_SIZE) {
      const some = back.slice(at, at + BATCH_SIZE);
      await batch.moveAll(some.map(({ from, to, size }) => ({ name: stemOf(nameOf(to)), from: to, to: from, size })));
    }
    await removeEmptied(folders, 'auto_organize_undo', parts);
    if (signal.aborted) break;
    if (refused.length === before) await history.forget(id);
  }
  return { restored, refused };
}

/** An undo that was cut short may have brought some back already. */
function isBack({ from, to, size }: OrganizedModel, mutations: ModelMutations): boolean {
  return mutations.rowOf(to) === undefined && mutations.rowOf(from)?.file.size === size;
}

/** The plans of the newest run over models of a type, newest first. */
async function lastRunOf(modelType: string, history: RunHistory): Promise<RunPlan[]> {
  const plans: RunPlan[] = [];
  let run: string | undefined;
  for (const { id, note } of await history.list()) {
    const data = note.kind === ORGANIZE_KIND ? readRunNote(note.data) : undefined;
    if (data?.model_type !== modelType || (run !== undefined && data.run !== run)) continue;
    run = data.run;
    plans.push({ id, moves: data.moves, folders: data.folders });
  }
  return plans;
}
