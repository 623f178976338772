// Who imports whom, types included, as a plain list that the architecture rules and the diagram are computed from.
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

/**
 * @typedef {object} Import
 * @property {string} specifier as it is written in the source
 * @property {string} target the file it resolves to, relative to the repository; for a package, a path in node_modules
 *
 * @typedef {object} Module
 * @property {string} source relative to the repository
 * @property {Import[]} imports
 */

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * @param {string[]} folders relative to the repository
 * @returns {Promise<Module[]>} the modules inside those folders
 */
export async function readImportGraph(folders) {
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      tsPreCompilationDeps: true,
      exclude: { path: '^(packages|examples)/[^/]+/dist/|^bench/dist/' },
      doNotFollow: { path: 'node_modules' },
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['@modelshelf/source', 'import', 'require', 'node', 'default', 'types'],
      },
    },
    undefined,
  );
  if (typeof output === 'string') throw new Error('expected a list of modules, got a printed report');
  return output.modules
    .filter(
      ({ source }) => folders.some((folder) => source.startsWith(`${folder}/`)) && !/(^|\/)node_modules\//.test(source),
    )
    .map(({ source, dependencies }) => ({
      source,
      imports: dependencies.map(({ module, resolved }) => ({ specifier: module, target: resolved })),
    }));
}
