/**
 * The table of routes that the README shows.
 *
 * @param {readonly { methods: readonly string[], path: string, summary: string, effect: string }[]} definitions
 * @returns {string} Markdown.
 */
export function routeTable(definitions) {
  const rows = definitions.map(({ methods, path, summary }) => `| ${methods.join(', ')} | \`${path}\` | ${summary} |`);
  return ['| method | path | what it answers |', '| --- | --- | --- |', ...rows].join('\n');
}
