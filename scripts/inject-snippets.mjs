// The README shows only code that runs. A code block below a marker holds the file, or the region of it, that the marker
// names; run as a script this copies it there.
//
//     <!-- snippet: examples/express-host/src/main.ts#mount -->     up to `#` a file, after it the name of a region
//
//     // region mount                                               in that file, around the region
//     // endregion
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const readme = new URL('README.md', root);
const marker = /<!-- snippet: (?<reference>\S+) -->/g;
const codeBlock =
  /(?<head>(?:<!-- snippet: (?<reference>\S+) -->\n+)?^```(?<language>\w*)[^\n]*\n)(?<code>[\s\S]*?)(?<tail>^```$)/gm;
const scriptLanguages = new Set(['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'typescript', 'javascript']);

/**
 * @typedef {object} CodeBlock
 * @property {string | undefined} reference what the marker names
 * @property {string} language
 * @property {string} code
 */

/**
 * @param {string} markdown
 * @returns {CodeBlock[]}
 */
function codeBlocksOf(markdown) {
  return [...markdown.matchAll(codeBlock)].map(({ groups }) => ({
    reference: groups?.['reference'],
    language: groups?.['language'] ?? '',
    code: groups?.['code'] ?? '',
  }));
}

/**
 * @param {string} text of a source file
 * @param {string} name
 * @returns {string} the lines between the region's marks, moved to the left edge
 */
export function regionOf(text, name) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// region ${name}`);
  if (start === -1) throw new Error(`there is no region ${name}`);
  const length = lines.slice(start + 1).findIndex((line) => /^\/\/ endregion\b/.test(line.trim()));
  if (length === -1) throw new Error(`the region ${name} has no end`);
  const inner = lines.slice(start + 1, start + 1 + length);
  const indents = inner.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return `${inner.map((line) => line.slice(indent)).join('\n')}\n`;
}

/**
 * @param {string} reference a file relative to the repository, and the name of a region after `#`
 * @returns {string}
 */
export function readSnippet(reference) {
  const [file = '', region] = reference.split('#');
  try {
    const text = readFileSync(new URL(file, root), 'utf8');
    return region === undefined ? text : regionOf(text, region);
  } catch (cause) {
    throw new Error(`the snippet ${reference} cannot be read`, { cause });
  }
}

/**
 * @param {string} markdown
 * @param {(reference: string) => string} [read]
 * @returns {string} the page with every marked block brought up to date
 */
export function injectSnippets(markdown, read = readSnippet) {
  return markdown.replaceAll(codeBlock, (...match) => {
    /** @type {Record<string, string>} */
    const { reference, head = '', code = '', tail = '' } = match.at(-1);
    return `${head}${reference === undefined ? code : read(reference)}${tail}`;
  });
}

/**
 * @param {string} markdown
 * @returns {string[]} what breaks the rule that code comes from a file: one sentence each
 */
export function looseSnippetsOf(markdown) {
  const blocks = codeBlocksOf(markdown);
  const unmarked = blocks.filter(({ reference, language }) => reference === undefined && scriptLanguages.has(language));
  const used = blocks.filter(({ reference }) => reference !== undefined).length;
  const markers = [...markdown.matchAll(marker)].length;
  return [
    ...unmarked.map(({ code }) => `a block names no snippet: ${code.trim().split('\n')[0]}`),
    ...(markers === used ? [] : [`${markers - used} of ${markers} markers have no code block below them`]),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(readme, injectSnippets(readFileSync(readme, 'utf8')));
}
