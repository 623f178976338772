import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { ModelCatalog } from '../../catalog/model-catalog.js';
import { ModelshelfError, isModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import {
  ApplyDedupe,
  type DedupeAction,
  type DedupeItem,
  type DedupeTrash,
  type KeptAndRemoved,
} from './apply-dedupe.js';
import type { KeepRule } from './keep-rule.js';
import { planDedupe, type DedupePlan } from './plan-dedupe.js';

interface DedupeParts {
  readonly mutations: ModelMutations;
  /** The listed models: what is excluded is nobody's duplicate. */
  readonly catalog: Pick<ModelCatalog, 'duplicates' | 'pathOf'>;
  readonly files: FileOperations;
  readonly openTrash: () => DedupeTrash;
  /** The SHA-256 of a whole file, read now. */
  readonly digest: (path: string) => Promise<string>;
  readonly logger: Logger;
}

/** Which duplicates are looked at, and which of them stay. */
export interface DedupeRequest {
  readonly rule: KeepRule;
  /** Paths or addresses of folders, the most preferred first; for the rule `preferred_folder`. */
  readonly preferredFolders: readonly string[];
  /** Only groups with these digests; all when left out. */
  readonly hashes?: readonly string[] | undefined;
}

/** How duplicates are removed. */
export interface ApplyOptions {
  readonly action: DedupeAction;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What removing duplicates did. */
export interface DedupeResult {
  readonly status: 'success' | 'cancelled';
  readonly items: readonly DedupeItem[];
  readonly removed: number;
  readonly bytesFreed: number;
  /** Null when nothing is in the trash. */
  readonly batchId: string | null;
}

/** Finds and removes equal files of one model type. */
export class DedupeService {
  readonly #parts: DedupeParts;
  readonly #running = new Set<AbortController>();

  constructor(parts: DedupeParts) {
    this.#parts = parts;
  }

  /** What a rule would keep and remove. Touches nothing. */
  async plan({ rule, preferredFolders, hashes }: DedupeRequest): Promise<DedupePlan> {
    const { catalog, mutations, files } = this.#parts;
    const folders = preferredFolders.map((folder) => mutations.contained(catalog.pathOf(folder), folder));
    if (rule === 'preferred_folder' && folders.length === 0) {
      throw new ModelshelfError('validation_failed', 'preferred_folders: is required');
    }
    const wanted = hashes === undefined ? undefined : new Set(hashes.map((hash) => hash.toLowerCase()));
    const groups = catalog.duplicates({}).filter(({ hash }) => wanted?.has(hash) !== false);
    return planDedupe(groups, { rule, preferredFolders: folders }, files);
  }

  /** Carries out a plan, or part of one. Throws before anything is touched for a plan that contradicts itself. */
  async apply(plan: readonly KeptAndRemoved[], options: ApplyOptions): Promise<DedupeResult> {
    const { mutations, files, digest, logger, openTrash } = this.#parts;
    const { action, dryRun, onProgress } = options;
    const groups = this.#canonical(plan);
    const total = groups.reduce((sum, { remove }) => sum + remove.length, 0);
    const controller = new AbortController();
    const signal =
      options.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, options.signal]);
    const trash = openTrash();
    const applying = new ApplyDedupe({ mutations, files, digest, logger, trash, action, dryRun, signal });
    this.#running.add(controller);
    try {
      for (const group of groups) {
        if (signal.aborted) break;
        await applying.run(group);
        onProgress?.({ done: applying.items.length, total });
      }
    } finally {
      this.#running.delete(controller);
    }
    return {
      status: applying.items.length === total ? 'success' : 'cancelled',
      items: applying.items,
      removed: applying.removed,
      bytesFreed: applying.bytesFreed,
      batchId: applying.staged > 0 ? trash.id : null,
    };
  }

  /** Ends what runs now, and nothing that begins later. What was done stays done. */
  cancel(): void {
    for (const controller of this.#running) controller.abort();
  }

  /** Every path in its one spelling: a file that is kept by one group and removed by another would be the last copy. */
  #canonical(plan: readonly KeptAndRemoved[]): readonly KeptAndRemoved[] {
    const groups = plan.map(({ keep, remove }) => ({
      keep: this.#pathOf(keep),
      remove: remove.map((location) => this.#pathOf(location)),
    }));
    const removals = groups.flatMap(({ remove }) => remove);
    const removed = new Set(removals);
    const kept = groups.find(({ keep }) => removed.has(keep));
    if (kept !== undefined) {
      throw new ModelshelfError('validation_failed', 'A file cannot be both kept and removed', {
        details: { file_path: kept.keep },
      });
    }
    if (removed.size < removals.length) {
      throw new ModelshelfError('validation_failed', 'A file cannot be removed twice');
    }
    return groups;
  }

  /** A model that is unknown is refused when it is its turn; a path outside the library at once. */
  #pathOf(location: string): string {
    const { mutations, catalog } = this.#parts;
    const record = this.#find(location);
    return record?.entry.file_path ?? mutations.contained(catalog.pathOf(location), location);
  }

  #find(location: string): CatalogRecord | undefined {
    try {
      return this.#parts.mutations.require(location);
    } catch (error) {
      if (isModelshelfError(error) && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
