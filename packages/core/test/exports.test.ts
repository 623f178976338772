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
        "BaseModelRoutes",
        "COMMON_ROUTE_DEFINITIONS",
        "LIBRARY_ROUTE_DEFINITIONS",
        "ModelHandlerSet",
        "ModelListingHandler",
        "ModelPageView",
        "ModelQueryHandler",
        "ModelRouteRegistrar",
        "ModelshelfError",
        "PreviewAssetService",
        "ProgressEmitter",
        "ProgressSnapshots",
        "SettingsManager",
        "booleanParam",
        "createModelLibrary",
        "defineExtension",
        "defineModelType",
        "defineRoutes",
        "fromNode",
        "integerParam",
        "isModelshelfError",
        "listParam",
        "previewUrlOf",
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
    const pages = { renderModelPage: () => Promise.resolve('') };
    const library = createModelLibrary({ roots: {}, dataDir: await temporaryFolder(), pages });
    const { bindings } = library;
    expect(bindings).toHaveLength(3 * main.COMMON_ROUTE_DEFINITIONS.length + main.LIBRARY_ROUTE_DEFINITIONS.length);
    const keys = bindings.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
    expect(new Set(keys).size).toBe(keys.length);
    await library.attached;
    for (const binding of bindings) expect(binding.resolve()).toBeTypeOf('function');
    await library.close();
  });
});
