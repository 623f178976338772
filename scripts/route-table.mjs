/**
 * @typedef {object} TableRoute
 * @property {readonly string[]} methods
 * @property {string} path
 * @property {string} summary
 */

/**
 * All routes in the order of the table. Those that one model type has are shown with its prefix.
 *
 * @param {Record<`${'COMMON' | 'LORA' | 'CHECKPOINT' | 'EMBEDDING' | 'LIBRARY'}_ROUTE_DEFINITIONS`, readonly TableRoute[]>} registry
 * @returns {TableRoute[]}
 */
export function allRoutes(registry) {
  /** @type {(routes: readonly TableRoute[], prefix: string) => TableRoute[]} */
  const of = (routes, prefix) =>
    routes.map(({ methods, path, summary }) => ({ methods, path: path.replace('{prefix}', prefix), summary }));
  return [
    ...registry.COMMON_ROUTE_DEFINITIONS,
    ...of(registry.LORA_ROUTE_DEFINITIONS, 'loras'),
    ...of(registry.CHECKPOINT_ROUTE_DEFINITIONS, 'checkpoints'),
    ...of(registry.EMBEDDING_ROUTE_DEFINITIONS, 'embeddings'),
    ...registry.LIBRARY_ROUTE_DEFINITIONS,
  ];
}

/**
 * The table of routes that the README shows.
 *
 * @param {readonly TableRoute[]} definitions
 * @returns {string} Markdown.
 */
export function routeTable(definitions) {
  const rows = definitions.map(({ methods, path, summary }) => `| ${methods.join(', ')} | \`${path}\` | ${summary} |`);
  return ['| method | path | what it answers |', '| --- | --- | --- |', ...rows].join('\n');
}

const marked = /(<!-- routes -->\n+)(?:\|[^\n]*\n)*/;

/**
 * @param {string} markdown
 * @param {string} table
 * @returns {string} the page with the table below its marker
 */
export function replaceRouteTable(markdown, table) {
  return markdown.replace(marked, (_all, marker) => `${marker}${table}\n`);
}
