import { setImmediate } from 'node:timers/promises';
import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { pathLockKey } from '../../disk/path-locks.js';
import type { ModelRelocations } from '../model-relocation.js';
import type { OrganizeDecisions } from './organize-decision.js';
import { BATCH_SIZE } from './organize-run.js';

/** What a run would do. */
export interface OrganizePlan {
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  /** Models that would be failures, and why. */
  readonly conflicts: readonly { readonly model: string; readonly filePath: string; readonly message: string }[];
  /** Sum of the sizes of the models to be moved. */
  readonly bytes: number;
}

/**
 * Works out what a run over these models would do.
 *
 * Invariant: a dry run changes nothing, on disk or in the catalog.
 */
export async function dryRun(
  models: readonly CatalogRecord[],
  decisions: OrganizeDecisions,
  relocations: ModelRelocations,
): Promise<OrganizePlan> {
  const moves: { from: string; to: string }[] = [];
  const conflicts: { model: string; filePath: string; message: string }[] = [];
  const vacated = new Set<string>();
  const claimed = new Set<string>();
  let bytes = 0;
  for (const [at, model] of models.entries()) {
    const { file_path: from, model_name: name } = model.entry;
    const decision = await decisions.decide(model.entry);
    if (decision.kind === 'failed') conflicts.push({ model: name, filePath: from, message: decision.message });
    if (decision.kind === 'move') {
      try {
        const leaving = await relocations.foresee(model, decision.to, { vacated, claimed });
        for (const path of leaving) vacated.add(path);
        claimed.add(pathLockKey(decision.to));
        moves.push({ from, to: decision.to });
        bytes += model.file.size;
      } catch (error) {
        conflicts.push({ model: name, filePath: from, message: toMutationError(error, from).message });
      }
    }
    if (at % BATCH_SIZE === 0) await setImmediate();
  }
  return { moves, conflicts, bytes };
}
