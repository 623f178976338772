import { randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { ModelCatalog } from '../../catalog/model-catalog.js';
import { absolutePath } from '../../disk/normalise-path.js';
import type { TargetFolders } from '../../disk/target-folders.js';
import { ModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import type { OrganizeOperation, OrganizeProgress } from '../../shapes/organize-progress.js';
import type { ModelMutations } from '../model-mutations.js';
import type { ModelRelocations } from '../model-relocation.js';
import { dryRun, type OrganizePlan } from './dry-run.js';
import { countByFolder, foldersOf, removeEmptied } from './emptied-folders.js';
import { OrganizeDecisions, pathRulesOf } from './organize-decision.js';
import { OrganizeRun, type OrganizeCounters, type OrganizeRow } from './organize-run.js';
import type { OrganizeSettings } from './organize-settings.js';
import { pathOfTemplate } from './path-template.js';
import { ORGANIZE_KIND } from './run-notes.js';
import { undoLastRun, type RunHistory, type UndoneRun } from './undo-run.js';

/** What is to be organised. */
export interface OrganizeRequest {
  /** Absent: every listed model. An empty list is none, and paths that are no listed model are ignored. */
  readonly filePaths?: readonly string[] | undefined;
  /** Takes the place of the exclusions of the settings for this run. */
  readonly exclusionPatterns?: readonly string[] | undefined;
}

/** What a run did. */
export interface OrganizeResult {
  readonly status: 'success' | 'cancelled';
  readonly operation: OrganizeOperation;
  readonly organization: 'flat' | 'structured';
  readonly counters: OrganizeCounters;
  /** How many folders were removed, by where they were looked for. */
  readonly cleanedFolders: Readonly<Record<string, number>>;
  /** Failures, and models that nothing is known of. */
  readonly rows: readonly OrganizeRow[];
}

interface ModelFileParts {
  readonly mutations: ModelMutations;
  readonly relocations: ModelRelocations;
  readonly targets: TargetFolders;
  /** The listed models. */
  readonly catalog: Pick<ModelCatalog, 'records' | 'recordOf' | 'pathOf'>;
  readonly settings: () => OrganizeSettings;
  readonly history: RunHistory;
  readonly logger: Logger;
  /** Makes ids of runs. */
  readonly newId?: () => string;
}

/** What a run listens to and tells. */
export interface OrganizeSteps {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: OrganizeProgress) => void;
}

/** Others get their turns in between. */
const TURN_MS = 4;

/** Files the models of one type below their roots, as the path template wants it. */
export class ModelFileService {
  readonly #parts: ModelFileParts;

  constructor(parts: ModelFileParts) {
    this.#parts = parts;
  }

  /** Whether a run covers every model or those that a request names. */
  operationOf({ filePaths }: OrganizeRequest): OrganizeOperation {
    return filePaths === undefined ? 'all' : 'bulk';
  }

  /** The folder that the path template gives a model, below a root; empty for a flat library. */
  defaultFolderOf(model: Readonly<CatalogEntry>): string {
    return pathOfTemplate(model, pathRulesOf(this.#parts.mutations.modelType, this.#parts.settings()));
  }

  /** What a run would do, without doing it. */
  async plan(request: OrganizeRequest): Promise<OrganizePlan> {
    const decisions = this.#decisionsFor(request);
    return dryRun(await this.#select(request, decisions), decisions, this.#parts.relocations);
  }

  /**
   * Moves every selected model to where it belongs. What was moved before a failure or a cancellation stays there, and can
   * be undone.
   *
   * Invariant: only ancestors of moved files are removed when they are empty then, never a root.
   */
  async autoOrganize(request: OrganizeRequest, { signal, onProgress }: OrganizeSteps): Promise<OrganizeResult> {
    const { mutations, relocations, newId = randomUUID } = this.#parts;
    const decisions = this.#decisionsFor(request);
    const models = await this.#select(request, decisions);
    const operation = this.operationOf(request);
    const run = new OrganizeRun(
      { mutations, relocations, decisions, id: newId(), operation, signal, onProgress },
      models.length,
    );
    run.tell({ status: 'started' });
    await run.over(models);
    const cleanedFolders = signal.aborted ? {} : await this.#cleanUp(run, operation);
    if (signal.aborted) run.tell({ status: 'cancelled' });
    else run.tell({ status: 'completed', cleanup: cleanedFolders });
    return {
      status: signal.aborted ? 'cancelled' : 'success',
      operation,
      organization: decisions.isFlat ? 'flat' : 'structured',
      counters: run.counters,
      cleanedFolders,
      rows: run.rows,
    };
  }

  /** Moves back what the last run moved. */
  undoLastRun(signal: AbortSignal): Promise<UndoneRun> {
    return undoLastRun({ ...this.#parts, signal });
  }

  #decisionsFor({ exclusionPatterns }: OrganizeRequest): OrganizeDecisions {
    const { mutations, targets, settings } = this.#parts;
    if (mutations.roots.length === 0) throw new ModelshelfError('invalid_configuration', 'No model roots configured');
    return new OrganizeDecisions({
      modelType: mutations.modelType,
      settings: settings(),
      targets,
      rootOf: (path) => mutations.rootOf(path),
      isReadOnly: (path) => mutations.isReadOnly(path),
      exclusions: exclusionPatterns,
    });
  }

  /** In the order in which they entered the catalog. */
  async #select({ filePaths }: OrganizeRequest, decisions: OrganizeDecisions): Promise<CatalogRecord[]> {
    const { catalog } = this.#parts;
    const candidates = filePaths === undefined ? [...catalog.records()] : this.#named(filePaths);
    const selected: CatalogRecord[] = [];
    let turn = performance.now();
    for (const record of candidates) {
      if (!decisions.isExcluded(record.entry.file_path)) selected.push(record);
      if (performance.now() - turn < TURN_MS) continue;
      await setImmediate();
      turn = performance.now();
    }
    return selected;
  }

  #named(filePaths: readonly string[]): CatalogRecord[] {
    const { catalog } = this.#parts;
    const named = filePaths.flatMap((location) => {
      const path = catalog.pathOf(location);
      return isAbsolute(path) ? (catalog.recordOf(absolutePath(path)) ?? []) : [];
    });
    return [...new Set(named)].sort((a, b) => a.sequence - b.sequence);
  }

  async #cleanUp(run: OrganizeRun, operation: OrganizeOperation): Promise<Record<string, number>> {
    const { mutations } = this.#parts;
    run.tell({ status: 'cleaning', message: 'Cleaning up empty directories...' });
    if (run.counters.total === 0) return {};
    const folders = foldersOf(run.moved.map(({ from }) => from));
    const gone = await removeEmptied(folders, ORGANIZE_KIND, this.#parts);
    if (operation === 'bulk') return countByFolder(folders, gone);
    const counts = mutations.roots.map((root): [string, number] => [
      root.path,
      [...gone].filter((folder) => mutations.rootOf(folder) === root).length,
    ]);
    return Object.fromEntries(counts);
  }
}
