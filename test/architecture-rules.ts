import { isBuiltin } from 'node:module';
import { coreRoomOf, floorOf, openFloors } from '../scripts/floors.mjs';
import type { Module } from '../scripts/import-graph.mjs';

/** Each rule takes the list of modules and answers with one sentence per violation. */
type Rule = (modules: readonly Module[]) => string[];

const frameworks = ['express', 'fastify', 'koa', '@koa/router', 'hono'];

const frameworkOfAdapter: Readonly<Record<string, readonly string[]>> = {
  'adapter-express': ['express'],
  'adapter-fastify': ['fastify'],
  'adapter-koa': ['koa', '@koa/router'],
};

/** `@scope/name/entry` and `name/entry` without the entry; nothing for a relative specifier. */
function packageNameOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function serviceFolderOf(file: string): string | undefined {
  return /^packages\/core\/src\/services\/([^/]+)\//.exec(file)?.[1];
}

/** Inside core, imports (of types too) run downwards, and rooms on a closed floor do not know each other. */
export const importsRunDownwards: Rule = (modules) =>
  modules.flatMap(({ source, imports }) => {
    const room = coreRoomOf(source);
    if (room === undefined) return [];
    const floor = floorOf(room);
    if (floor === -1) return [`${source} is on no floor: ${room} is not listed`];
    return imports.flatMap(({ target }) => {
      const targetRoom = coreRoomOf(target);
      if (targetRoom === undefined || targetRoom === room) return [];
      const targetFloor = floorOf(targetRoom);
      if (targetFloor > floor) return [`${source} (floor ${floor}) imports ${target} (floor ${targetFloor})`];
      if (targetFloor === floor && !openFloors.has(floor)) {
        return [`${source} imports ${target}: rooms on floor ${floor} do not know each other`];
      }
      return [];
    });
  });

/** What one service needs of another arrives through its constructor; the files directly in services/ serve all, and know none. */
export const servicesImportNoSibling: Rule = (modules) =>
  modules.flatMap(({ source, imports }) => {
    if (coreRoomOf(source) !== 'services') return [];
    return imports.flatMap(({ target }) => {
      const folder = serviceFolderOf(target);
      return folder === undefined || folder === serviceFolderOf(source)
        ? []
        : [`${source} imports ${target}: services do not import each other`];
    });
  });

/** Core is what every framework is bound to, so it knows none of them. */
export const coreKnowsNoFramework: Rule = (modules) =>
  modules.flatMap(({ source, imports }) => {
    if (!source.startsWith('packages/core/src/')) return [];
    return imports.flatMap(({ specifier }) => {
      const name = packageNameOf(specifier);
      return name !== undefined && frameworks.includes(name) ? [`${source} imports ${specifier}`] : [];
    });
  });

/** An adapter knows core, by its public entries, and its own framework. */
export const adaptersImportOnlyTheirFramework: Rule = (modules) =>
  modules.flatMap(({ source, imports }) => {
    const adapter = /^packages\/(adapter-[^/]+)\/src\//.exec(source)?.[1];
    if (adapter === undefined) return [];
    const allowed = ['@modelshelf/core', ...(frameworkOfAdapter[adapter] ?? [])];
    return imports.flatMap(({ specifier, target }) => {
      const name = packageNameOf(specifier);
      const fine =
        name === undefined
          ? target.startsWith(`packages/${adapter}/src/`)
          : isBuiltin(specifier) || allowed.includes(name);
      return fine ? [] : [`${source} imports ${specifier}`];
    });
  });

/** Groups of modules that import each other in a circle (Tarjan's strongly connected components). */
export const importsFormNoCycle: Rule = (modules) => {
  const targetsOf = new Map(modules.map(({ source, imports }) => [source, imports.map(({ target }) => target)]));
  const indexOf = new Map<string, number>();
  const path: string[] = [];
  const cycles: string[] = [];

  const visit = (source: string): number => {
    const index = indexOf.size;
    let low = index;
    indexOf.set(source, index);
    path.push(source);
    for (const target of targetsOf.get(source) ?? []) {
      if (!targetsOf.has(target)) continue;
      if (target === source) cycles.push(`${source} imports itself`);
      else if (!indexOf.has(target)) low = Math.min(low, visit(target));
      else if (path.includes(target)) low = Math.min(low, indexOf.get(target) ?? low);
    }
    if (low === index) {
      const members = path.splice(path.indexOf(source));
      if (members.length > 1) cycles.push(`a cycle: ${members.toSorted().join(', ')}`);
    }
    return low;
  };
  for (const { source } of modules) if (!indexOf.has(source)) visit(source);
  return cycles;
};
