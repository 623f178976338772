import { setImmediate } from 'node:timers/promises';
import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { OrganizeOperation, OrganizeProgress } from '../../shapes/organize-progress.js';
import type { ModelMutations } from '../model-mutations.js';
import type { ModelRelocations } from '../model-relocation.js';
import type { OrganizeDecisions } from './organize-decision.js';
import { RelocationBatch, type WantedMove } from './relocation-batch.js';
import { ORGANIZE_KIND, runNote, type OrganizedModel } from './run-notes.js';

/** How many models are decided on, moved and told at a time. */
export const BATCH_SIZE = 50;

/** Why a model was not moved. */
export interface OrganizeRow {
  readonly model: string;
  readonly success: false;
  readonly message: string;
}

/** How far a run is. */
export interface OrganizeCounters {
  readonly total: number;
  readonly processed: number;
  readonly success: number;
  readonly failures: number;
  readonly skipped: number;
}

interface OrganizeRunParts {
  readonly mutations: ModelMutations;
  readonly relocations: ModelRelocations;
  readonly decisions: OrganizeDecisions;
  readonly id: string;
  readonly operation: OrganizeOperation;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: OrganizeProgress) => void;
}

type Told =
  | { readonly status: 'started' | 'processing' | 'cancelled' }
  | { readonly status: 'cleaning'; readonly message: string }
  | { readonly status: 'completed'; readonly cleanup: Readonly<Record<string, number>> };

/**
 * One run over models, a batch at a time.
 *
 * Invariant: counters never decrease, and success + failures + skipped = processed <= total.
 */
export class OrganizeRun {
  /** Why models were not moved. */
  readonly rows: OrganizeRow[] = [];
  /** What was moved, in order. */
  readonly moved: OrganizedModel[] = [];
  readonly #parts: OrganizeRunParts;
  readonly #total: number;
  readonly #batch: RelocationBatch;
  #failures = 0;
  #skipped = 0;

  constructor(parts: OrganizeRunParts, total: number) {
    const { mutations, id } = parts;
    this.#parts = parts;
    this.#total = total;
    this.#batch = new RelocationBatch({
      ...parts,
      kind: ORGANIZE_KIND,
      noteOf: (moves, folders) => runNote(mutations.modelType, id, { moves: [...moves], folders: [...folders] }),
      onMoved: (models) => this.moved.push(...models),
      onFailed: ({ name }, message) => this.#fail(name, message),
    });
  }

  get counters(): OrganizeCounters {
    const [success, failures, skipped] = [this.moved.length, this.#failures, this.#skipped];
    return { total: this.#total, processed: success + failures + skipped, success, failures, skipped };
  }

  tell(told: Told): void {
    const { operation, onProgress } = this.#parts;
    const base = { type: 'auto_organize_progress', ...this.counters, operation_type: operation } as const;
    onProgress(told.status === 'completed' ? { ...base, ...told, cleanup: { ...told.cleanup } } : { ...base, ...told });
  }

  /** Moves what has to be moved, and tells after every batch; ends early when the run is cancelled. */
  async over(models: readonly CatalogRecord[]): Promise<void> {
    for (let at = 0; at === 0 || at < models.length; at += BATCH_SIZE) {
      if (this.#parts.signal.aborted) return;
      await this.#batch.moveAll(await this.#wanted(models.slice(at, at + BATCH_SIZE)));
      this.tell({ status: 'processing' });
      await setImmediate();
    }
  }

  async #wanted(models: readonly CatalogRecord[]): Promise<WantedMove[]> {
    const wanted: WantedMove[] = [];
    for (const { entry } of models) {
      if (this.#parts.signal.aborted) return [];
      const decision = await this.#parts.decisions.decide(entry);
      const { model_name: name, file_path: from } = entry;
      if (decision.kind === 'move') wanted.push({ name, from, to: decision.to });
      else if (decision.kind === 'failed') this.#fail(name, decision.message);
      else this.#skipped += 1;
      if (decision.kind === 'unfiled') this.#row(name, 'Skipped - insufficient metadata for organization');
    }
    return wanted;
  }

  #fail(model: string, message: string): void {
    this.#failures += 1;
    this.#row(model, message);
  }

  #row(model: string, message: string): void {
    this.rows.push({ model, success: false, message });
  }
}
