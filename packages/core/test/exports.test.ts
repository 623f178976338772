import { describe, expect, it } from 'vitest';
import * as fetchEntry from '../src/fetch.js';
import * as main from '../src/index.js';
import { createModelLibrary } from '../src/index.js';
import * as testing from '../src/testing/index.js';
import { temporaryFolder } from './library/temp-library.js';

describe('what the package exports', () => {
  it('is a deliberate list: an addition is written down here', () => {
    expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
      [
        "AutoOrganizeInProgressError",
        "AutoOrganizeUseCase",
        "BaseModelRoutes",
        "CHECKPOINT_ROUTE_DEFINITIONS",
        "COMMON_ROUTE_DEFINITIONS",
        "EMBEDDING_ROUTE_DEFINITIONS",
        "LIBRARY_ROUTE_DEFINITIONS",
        "LORA_ROUTE_DEFINITIONS",
        "MetadataSyncService",
        "ModelAutoOrganizeHandler",
        "ModelDetailHandler",
        "ModelEditHandler",
        "ModelFileService",
        "ModelHandlerSet",
        "ModelLifecycleService",
        "ModelListingHandler",
        "ModelManagementHandler",
        "ModelMoveHandler",
        "ModelMoveService",
        "ModelPageView",
        "ModelPreviewHandler",
        "ModelQueryHandler",
        "ModelRouteRegistrar",
        "ModelScanHandler",
        "ModelshelfError",
        "PreviewAssetService",
        "ProgressEmitter",
        "ProgressSnapshots",
        "SettingsManager",
        "TagUpdateService",
        "booleanParam",
        "createModelLibrary",
        "defineExtension",
        "defineModelType",
        "defineRoutes",
        "fromNode",
        "inProcessCoordination",
        "integerParam",
        "isModelshelfError",
        "listParam",
        "nodeFileOperations",
        "previewUrlOf",
        "sharpOptimizer",
        "textParam",
        "triStateParam",
        "writeNode",
      ]
    `);
    expect(Object.keys(fetchEntry).sort()).toMatchInlineSnapshot(`
      [
        "toFetchHandler",
      ]
    `);
    expect(Object.keys(testing).sort()).toMatchInlineSnapshot(`
      [
        "adapterConformance",
        "conformanceChecks",
        "conformancePrincipal",
        "conformanceRouteHost",
        "formatConformanceTable",
        "hostFailed",
        "hostNotFound",
        "startConformanceHost",
      ]
    `);
  });
});

describe('what a library binds', () => {
  it('every common route once per model type, every library route once, no method and path twice', async () => {
    const pages = { renderModelPage: () => Promise.resolve(''), renderStatisticsPage: () => Promise.resolve('') };
    const library = createModelLibrary({ roots: {}, dataDir: await temporaryFolder(), pages });
    const { bindings } = library;
    const own = [
      main.LORA_ROUTE_DEFINITIONS,
      main.CHECKPOINT_ROUTE_DEFINITIONS,
      main.EMBEDDING_ROUTE_DEFINITIONS,
      main.LIBRARY_ROUTE_DEFINITIONS,
    ].reduce((sum, definitions) => sum + definitions.length, 0);
    expect(bindings).toHaveLength(3 * main.COMMON_ROUTE_DEFINITIONS.length + own);
    const keys = bindings.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
    expect(new Set(keys).size).toBe(keys.length);
    await library.attached;
    for (const binding of bindings) expect(binding.resolve()).toBeTypeOf('function');
    await library.close();
  });
});
