import type { DEDUPE_ROUTE_DEFINITIONS } from '../routes/dedupe-route-definitions.js';
import type { LIFECYCLE_ROUTE_DEFINITIONS } from '../routes/lifecycle-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import type { DedupeService } from '../services/dedupe/dedupe-service.js';
import type { ModelLifecycleService } from '../services/lifecycle/model-lifecycle-service.js';
import { previewUrlOf } from '../shapes/preview-url.js';

type LifecycleHandlers = HandlersOf<typeof LIFECYCLE_ROUTE_DEFINITIONS>;
type DedupeHandlers = HandlersOf<typeof DEDUPE_ROUTE_DEFINITIONS>;

/** What models are deleted, renamed and compared with. */
export interface ManagementService {
  readonly lifecycle: ModelLifecycleService;
  readonly dedupe: DedupeService;
}

/** Deleting, renaming and de-duplicating models of one type. */
export class ModelManagementHandler {
  readonly #service: ManagementService;

  constructor(service: ManagementService) {
    this.#service = service;
  }

  readonly deleteModel: LifecycleHandlers['deleteModel'] = async ({ file_path }) => {
    const { batchId } = await this.#service.lifecycle.deleteModel(file_path);
    return { kind: 'json', body: { success: true, deleted_files: [], batch_id: batchId } };
  };

  readonly bulkDeleteModels: LifecycleHandlers['bulkDeleteModels'] = async ({ file_paths }) => {
    const { status, results, deleted, isCacheUpdated, batchId } = await this.#service.lifecycle.bulkDelete(file_paths);
    return {
      kind: 'json',
      body: {
        success: true,
        status,
        total_deleted: deleted,
        total_attempted: results.length,
        cache_updated: isCacheUpdated,
        results: [...results],
        ...(batchId === null ? {} : { batch_id: batchId }),
      },
    };
  };

  readonly renameModel: LifecycleHandlers['renameModel'] = async ({ file_path, new_file_name }, { basePath }) => {
    const { record, renamed } = await this.#service.lifecycle.renameModel(file_path, new_file_name);
    return {
      kind: 'json',
      body: {
        success: true,
        new_file_path: record.entry.file_path,
        new_preview_path: previewUrlOf(record.entry.preview_url, basePath),
        renamed_files: [...renamed],
        reload_required: false,
      },
    };
  };

  readonly verifyDuplicates: LifecycleHandlers['verifyDuplicates'] = async ({ file_paths }) => {
    const { isVerified, mismatched, hashes } = await this.#service.lifecycle.verifyDuplicates(file_paths);
    return {
      kind: 'json',
      body: {
        success: true,
        verified_as_duplicates: isVerified,
        mismatched_files: [...mismatched],
        new_hash_map: { ...hashes },
      },
    };
  };

  readonly planDedupe: DedupeHandlers['planDedupe'] = async ({ rule, preferred_folders, hashes }) => {
    const plan = await this.#service.dedupe.plan({ rule, preferredFolders: preferred_folders, hashes });
    return {
      kind: 'json',
      body: {
        success: true,
        groups: plan.groups.map(({ hash, keep, remove, bytesFreed }) => ({
          hash,
          keep,
          remove: [...remove],
          bytes_freed: bytesFreed,
        })),
        skipped: [...plan.skipped],
        total_groups: plan.groups.length,
        total_removals: plan.removals,
        bytes_freed: plan.bytesFreed,
      },
    };
  };

  readonly applyDedupe: DedupeHandlers['applyDedupe'] = async (input) => {
    const { dedupe } = this.#service;
    const { action, dry_run, rule, preferred_folders, hashes } = input;
    const groups =
      rule === undefined
        ? (input.groups ?? [])
        : (await dedupe.plan({ rule, preferredFolders: preferred_folders, hashes })).groups;
    const { status, items, removed, bytesFreed, batchId } = await dedupe.apply(groups, { action, dryRun: dry_run });
    return {
      kind: 'json',
      body: {
        success: true,
        status,
        action,
        dry_run,
        results: [...items],
        total_removed: removed,
        bytes_freed: bytesFreed,
        batch_id: batchId,
      },
    };
  };
}
