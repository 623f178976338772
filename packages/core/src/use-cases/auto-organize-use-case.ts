import { isModelshelfError } from '../errors.js';
import type { Coordination } from '../ports/coordination.js';
import type { ModelFileService, OrganizeRequest, OrganizeResult } from '../services/organise/model-file-service.js';
import type { OrganizeProgress } from '../shapes/organize-progress.js';
import { AutoOrganizeInProgressError } from './auto-organize-in-progress-error.js';
import type { AutoOrganizeProgress, OrganizeListener } from './auto-organize-progress.js';

interface AutoOrganizeParts {
  readonly fileService: Pick<ModelFileService, 'autoOrganize' | 'plan' | 'undoLastRun' | 'operationOf'>;
  /** One for all model types: runs over two of them exclude each other. */
  readonly coordination: Coordination;
  /** One for all model types. */
  readonly progress: AutoOrganizeProgress;
  /** Ends every run: the library closes. */
  readonly signal: AbortSignal;
}

/** The one lease of runs and undos of every model type. */
const LEASE = 'auto_organize';
const TERMINAL: readonly OrganizeProgress['status'][] = ['completed', 'cancelled', 'error'];

type Plan = ReturnType<ModelFileService['plan']>;
type Undone = ReturnType<ModelFileService['undoLastRun']>;

/**
 * Organises the models of one type, one run at a time over all types.
 *
 * Invariant: whether a run goes on is known by its lease only, which is given back however the run ends; and every run ends
 * with one terminal snapshot.
 */
export class AutoOrganizeUseCase {
  readonly #parts: AutoOrganizeParts;
  #running: AbortController | undefined;

  constructor(parts: AutoOrganizeParts) {
    this.#parts = parts;
  }

  /** The newest snapshot over all model types. */
  get lastProgress(): OrganizeProgress | undefined {
    return this.#parts.progress.last;
  }

  clearProgress(): void {
    this.#parts.progress.clear();
  }

  /**
   * Organises the listed models with these paths, or all; resolves when it is done or cancelled.
   *
   * Invariant: rejects with `AutoOrganizeInProgressError` before the file service is called.
   *
   * @param filePaths Absent: all. An empty list is none.
   */
  async execute(
    filePaths?: readonly string[],
    onProgress?: OrganizeListener,
    options: Pick<OrganizeRequest, 'exclusionPatterns'> = {},
  ): Promise<OrganizeResult> {
    const request = { filePaths, ...options };
    return this.#alone((signal) => this.#run(request, signal, onProgress));
  }

  /** What a run would do; needs no lease, because it changes nothing. */
  plan(request: OrganizeRequest): Plan {
    return this.#parts.fileService.plan(request);
  }

  /** Moves back what the last run over models of this type moved. Rejects with `not_found` when there is none. */
  undo(): Undone {
    return this.#alone((signal) => this.#parts.fileService.undoLastRun(signal));
  }

  /** Ends the run of this type that goes on and no other; what was moved stays. False when none does. */
  cancel(): boolean {
    this.#running?.abort();
    return this.#running !== undefined;
  }

  async #alone<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lease = this.#parts.coordination.tryAcquire(LEASE);
    if (lease === undefined) throw new AutoOrganizeInProgressError();
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    const { signal } = this.#parts;
    try {
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#running = abort;
      return await work(abort.signal);
    } finally {
      this.#running = undefined;
      signal.removeEventListener('abort', stop);
      lease.release();
    }
  }

  async #run(request: OrganizeRequest, signal: AbortSignal, listener?: OrganizeListener): Promise<OrganizeResult> {
    const { fileService, progress } = this.#parts;
    let told: OrganizeProgress | undefined;
    const tell = (snapshot: OrganizeProgress): void => {
      told = snapshot;
      progress.put(snapshot, listener);
    };
    let message = 'The run ended without a result';
    try {
      return await fileService.autoOrganize(request, { signal, onProgress: tell });
    } catch (error) {
      message = isModelshelfError(error) ? error.message : 'Internal server error';
      throw error;
    } finally {
      if (!isTerminal(told)) {
        const operation_type = fileService.operationOf(request);
        tell({ type: 'auto_organize_progress', status: 'error', error: message, operation_type });
      }
    }
  }
}

const isTerminal = (progress: OrganizeProgress | undefined): boolean =>
  progress !== undefined && TERMINAL.includes(progress.status);
