import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ModelShelves } from '../catalog/model-shelves.js';
import type { LeftSidecars } from '../services/metadata/model-metadata-reader.js';
import { joinPath } from '../disk/normalise-path.js';
import { OWN_FOLDER } from '../disk/root-lock.js';
import { TargetFolders } from '../disk/target-folders.js';
import type { ModelWrites } from '../handlers/model-service.js';
import type { ModelType } from '../model-types/model-type.js';
import type { Commit } from '../services/commit.js';
import { DedupeService } from '../services/dedupe/dedupe-service.js';
import { ModelLifecycleService } from '../services/lifecycle/model-lifecycle-service.js';
import { BulkEditService } from '../services/metadata-sync/bulk-edit-service.js';
import { MetadataSyncService } from '../services/metadata-sync/metadata-sync-service.js';
import { SidecarEditor } from '../services/metadata-sync/sidecar-editor.js';
import { ModelMutations } from '../services/model-mutations.js';
import { ModelRelocations } from '../services/model-relocation.js';
import { ModelMoveService } from '../services/move/model-move-service.js';
import { ModelFileService } from '../services/organise/model-file-service.js';
import { PreviewReplacementService } from '../services/preview-assets/preview-replacement-service.js';
import type { ReadOnlyMetadata } from '../services/read-only/read-only-metadata.js';
import { TagUpdateService } from '../services/tags/tag-update-service.js';
import type { TrashedType } from '../services/trash/open-trash-batch.js';
import type { TrashService } from '../services/trash/trash-service.js';
import type { ModelRoot } from '../shapes/scan.js';
import { AutoOrganizeUseCase } from '../use-cases/auto-organize-use-case.js';
import { SKIPPED_FOLDERS } from './skipped-folders.js';
import type { SharedParts } from './shared-parts.js';
import type { WiringParts } from './wiring-parts.js';

interface ModelWritesSources {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  readonly listed: ModelCatalog;
  readonly excluded: ModelCatalog;
  readonly shelves: ModelShelves;
  readonly commit: Commit;
  readonly left: LeftSidecars;
  readonly kept: ReadOnlyMetadata;
  readonly digestNow: (path: string) => Promise<string>;
  /** The trash of all types; it is made when these are. */
  readonly trash: () => TrashService;
}

/** Puts everything that changes models of one type together; tells how the trash sees the type. */
export function wireModelWrites(
  { types, logger, signal, options }: WiringParts,
  { engine, files, settings, coordination, organizeProgress, outbound, optimizer }: SharedParts,
  { modelType, roots, listed, excluded, shelves, commit, left, kept, digestNow, trash }: ModelWritesSources,
): { writes: ModelWrites; trashed: TrashedType } {
  const modelExtensions = new Set(types.flatMap(({ extensions }) => extensions));
  const mutations = new ModelMutations({
    modelType,
    roots,
    catalog: listed,
    shelves,
    modelExtensions,
    engine,
    files,
    commit,
  });
  const editor = new SidecarEditor({
    files,
    catalogs: [listed, excluded],
    left,
    kept,
    isReadOnly: (path) => mutations.isReadOnly(path),
    asideOf: (path) => {
      const root = mutations.rootOf(path);
      return root === undefined ? undefined : joinPath(root.path, OWN_FOLDER);
    },
  });
  const trashed: TrashedType = { mutations, drafts: editor };
  const openTrash = () => trash().openBatch(trashed);
  const metadataSync = new MetadataSyncService({ mutations, editor });
  const relocations = new ModelRelocations({ mutations, files });
  const targets = new TargetFolders(roots, SKIPPED_FOLDERS);
  const organizeSettings = () => settings.organizeSettings();
  const { history } = engine;
  const fileService = new ModelFileService({
    mutations,
    relocations,
    targets,
    catalog: listed,
    settings: organizeSettings,
    history,
    logger,
  });
  return {
    trashed,
    writes: {
      lifecycle: new ModelLifecycleService({ mutations, drafts: editor, files, openTrash, digest: digestNow, logger }),
      dedupe: new DedupeService({ mutations, catalog: listed, files, openTrash, digest: digestNow, logger }),
      metadataSync,
      tags: new TagUpdateService(metadataSync),
      bulkEdits: new BulkEditService({ mutations, editor, catalog: listed, logger }),
      moves: new ModelMoveService({
        mutations,
        relocations,
        targets,
        defaultFolderOf: (model) => fileService.defaultFolderOf(model),
        logger,
      }),
      organize: new AutoOrganizeUseCase({ fileService, coordination, progress: organizeProgress, signal }),
      previews: new PreviewReplacementService({
        mutations,
        drafts: editor,
        optimizer,
        outbound,
        limits: options.previewLimits,
      }),
    },
  };
}
