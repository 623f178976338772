// The diagram in docs/architecture.md, drawn from the real imports. Run as a script it rewrites the first mermaid block.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coreRoomOf, floors } from './floors.mjs';
import { readImportGraph } from './import-graph.mjs';

/**
 * @typedef {import('./import-graph.mjs').Module} Module
 * @typedef {[from: string, to: string]} Edge
 */

const page = new URL('../docs/architecture.md', import.meta.url);
const firstDiagram = /(?<=```mermaid\n)[\s\S]*?(?=```)/;

/** Where the sources of the diagram's packages lie. */
export const packageSources = ['core', 'adapter-express', 'adapter-fastify', 'adapter-koa', 'ui'].map(
  (name) => `packages/${name}/src`,
);

/**
 * The room a file belongs to: `core/<room>` in core, the package's name elsewhere.
 * @param {string} file
 */
function roomOf(file) {
  const coreRoom = coreRoomOf(file);
  return coreRoom === undefined ? /^packages\/([^/]+)\/src\//.exec(file)?.[1] : `core/${coreRoom}`;
}

/**
 * @param {readonly Module[]} modules
 * @returns {Edge[]} each pair of rooms of which the first imports the second
 */
export function roomEdges(modules) {
  /** @type {Map<string, Edge>} */
  const edges = new Map();
  for (const { source, imports } of modules) {
    for (const { target } of imports) {
      const from = roomOf(source);
      const to = roomOf(target);
      if (from !== undefined && to !== undefined && from !== to) edges.set(`${from} ${to}`, [from, to]);
    }
  }
  return [...edges.values()];
}

/**
 * Leaves out each edge whose ends are connected by a longer way too. Between rooms that form a circle nothing is left
 * out, as either way may be the one that is wanted.
 * @param {readonly Edge[]} edges
 * @returns {Edge[]}
 */
export function withoutTransitiveEdges(edges) {
  /** @type {Map<string, Set<string>>} */
  const nextOf = new Map();
  for (const [from, to] of edges) nextOf.set(from, (nextOf.get(from) ?? new Set()).add(to));

  /**
   * @param {string} start
   * @returns {Set<string>} every room that can be reached
   */
  const reachableFrom = (start) => {
    /** @type {Set<string>} */
    const seen = new Set();
    const open = [start];
    for (let room = open.pop(); room !== undefined; room = open.pop()) {
      for (const next of nextOf.get(room) ?? []) {
        if (!seen.has(next)) {
          seen.add(next);
          open.push(next);
        }
      }
    }
    return seen;
  };
  const reachable = new Map([...nextOf.keys()].map((room) => [room, reachableFrom(room)]));
  /** @param {string} from @param {string} to */
  const reaches = (from, to) => reachable.get(from)?.has(to) ?? false;

  return edges.filter(([from, to]) => {
    const circular = (/** @type {string} */ over) => reaches(over, from) || reaches(to, over);
    const detours = [...(nextOf.get(from) ?? [])].filter((over) => over !== to && reaches(over, to) && !circular(over));
    return detours.length === 0 || reaches(to, from);
  });
}

/**
 * @param {readonly Module[]} modules
 * @returns {string} the mermaid text, with a closing line break
 */
export function architectureDiagram(modules) {
  const rooms = [...new Set(modules.map(({ source }) => roomOf(source)).filter((room) => room !== undefined))].sort();
  const edges = withoutTransitiveEdges(roomEdges(modules)).sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
  /** @param {string} room */
  const id = (room) => room.replace(/\.ts$/, '').replaceAll(/[^a-z0-9]/g, '_');
  const floorBlocks = floors
    .map((names, floor) => ({
      floor,
      present: names.map((name) => `core/${name}`).filter((room) => rooms.includes(room)),
    }))
    .filter(({ present }) => present.length > 0)
    .reverse()
    .flatMap(({ floor, present }) => [
      `    subgraph floor_${floor}["floor ${floor}"]`,
      ...present.map((room) => `      ${id(room)}["${room.slice('core/'.length)}"]`),
      '    end',
    ]);
  const lines = [
    'flowchart TD',
    ...rooms.filter((room) => !room.startsWith('core/')).map((room) => `  ${id(room)}["@modelshelf/${room}"]`),
    '  subgraph core["@modelshelf/core"]',
    ...floorBlocks,
    '  end',
    ...edges.map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * @param {string} markdown
 * @returns {string | undefined} the text of the first mermaid block
 */
export function firstDiagramOf(markdown) {
  return firstDiagram.exec(markdown)?.[0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const markdown = readFileSync(page, 'utf8');
  if (firstDiagramOf(markdown) === undefined) throw new Error('docs/architecture.md holds no mermaid block');
  const diagram = architectureDiagram(await readImportGraph(packageSources));
  writeFileSync(
    page,
    markdown.replace(firstDiagram, () => diagram),
  );
}
