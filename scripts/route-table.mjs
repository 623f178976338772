/**
 * The table of routes that the README shows.
 *
 * @param {readonly { methods: readonly string[], path: string, summary: string }[]} definitions
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
