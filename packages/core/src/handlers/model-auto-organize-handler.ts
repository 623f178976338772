import { ModelshelfError } from '../errors.js';
import type { ORGANIZE_ROUTE_DEFINITIONS } from '../routes/organize-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import { exclusionPatterns } from '../services/organise/exclusions.js';
import type { OrganizeResult } from '../services/organise/model-file-service.js';
import type { AutoOrganizeUseCase } from '../use-cases/auto-organize-use-case.js';

type OrganizeHandlers = HandlersOf<typeof ORGANIZE_ROUTE_DEFINITIONS>;

const MAX_ROWS = 100;
const SAMPLE_ROWS = 50;

/** Filing models below their roots. */
export class ModelAutoOrganizeHandler {
  readonly #useCase: AutoOrganizeUseCase;

  constructor(useCase: AutoOrganizeUseCase) {
    this.#useCase = useCase;
  }

  /** Waits for the end of the run, also when the caller does not. */
  readonly autoOrganizeModels: OrganizeHandlers['autoOrganizeModels'] = async (input) => {
    const filePaths = input.file_paths ?? undefined;
    const patterns = input.exclusion_patterns === undefined ? undefined : exclusionPatterns(input.exclusion_patterns);
    if (!input.dry_run) {
      const result = await this.#useCase.execute(filePaths, undefined, { exclusionPatterns: patterns });
      return { kind: 'json', body: toBody(result) };
    }
    const { moves, conflicts, bytes } = await this.#useCase.plan({ filePaths, exclusionPatterns: patterns });
    return {
      kind: 'json',
      body: {
        success: true,
        dry_run: true,
        moves: [...moves],
        conflicts: conflicts.map(({ model, filePath, message }) => ({ model, file_path: filePath, message })),
        bytes,
      },
    };
  };

  readonly getAutoOrganizeProgress: OrganizeHandlers['getAutoOrganizeProgress'] = () => {
    const progress = this.#useCase.lastProgress;
    if (progress === undefined) throw new ModelshelfError('not_found', 'No auto-organize operation in progress');
    return { kind: 'json', body: { success: true, progress } };
  };

  readonly clearAutoOrganizeProgress: OrganizeHandlers['clearAutoOrganizeProgress'] = () => {
    this.#useCase.clearProgress();
    return { kind: 'json', body: { success: true } };
  };

  readonly undoAutoOrganize: OrganizeHandlers['undoAutoOrganize'] = async () => {
    const { restored, refused } = await this.#useCase.undo();
    return {
      kind: 'json',
      body: {
        success: true,
        message: `Moved ${String(restored.length)} of ${String(restored.length + refused.length)} models back`,
        restored: [...restored],
        refused: refused.map(({ filePath, message }) => ({ file_path: filePath, message })),
      },
    };
  };
}

function toBody({ status, operation, organization, counters, cleanedFolders, rows }: OrganizeResult) {
  const { total, success, skipped, failures } = counters;
  const how = status === 'cancelled' ? 'cancelled' : 'completed';
  const counts = `${String(success)} moved, ${String(skipped)} skipped, ${String(failures)} failed`;
  const results = rows.map((row) => ({ ...row }));
  return {
    success: true as const,
    status,
    message: `Auto-organize ${operation} ${how}: ${counts} out of ${String(total)} total`,
    summary: {
      total,
      success,
      skipped,
      failures,
      organization_type: organization,
      cleaned_dirs: { ...cleanedFolders },
      operation_type: operation,
    },
    ...(results.length > MAX_ROWS
      ? { results_truncated: true as const, sample_results: results.slice(0, SAMPLE_ROWS) }
      : { results }),
  };
}
