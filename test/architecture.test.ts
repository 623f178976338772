import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  architectureDiagram,
  firstDiagramOf,
  packageSources,
  roomEdges,
  withoutTransitiveEdges,
} from '../scripts/architecture-diagram.mjs';
import { readImportGraph, type Module } from '../scripts/import-graph.mjs';
import {
  adaptersImportOnlyTheirFramework,
  coreKnowsNoFramework,
  importsFormNoCycle,
  importsRunDownwards,
  servicesImportNoSibling,
} from './architecture-rules.js';
import { countCodeLines } from './code-lines.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const maxLinesPerFile = 350;
const maxCodeLinesPerAdapter = 60;

const rules = {
  importsRunDownwards,
  servicesImportNoSibling,
  coreKnowsNoFramework,
  adaptersImportOnlyTheirFramework,
  importsFormNoCycle,
};

function sourceFilesOf(packageName: string): string[] {
  const folder = `packages/${packageName}/src`;
  if (!existsSync(`${root}${folder}`)) return [];
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}

const packageNames = readdirSync(`${root}packages`);
const adapters = packageNames.filter((name) => name.startsWith('adapter-'));
const textOf = (file: string) => readFileSync(`${root}${file}`, 'utf8');

/** `module('a.ts', 'b.ts', …)`: a planted module that imports the others; a package is its own target. */
const module = (source: string, ...imports: (string | [specifier: string, target: string])[]): Module => ({
  source,
  imports: imports.map((entry) =>
    typeof entry === 'string'
      ? { specifier: entry.includes('/src/') ? `./${entry}` : entry, target: entry }
      : { specifier: entry[0], target: entry[1] },
  ),
});
const core = (file: string) => `packages/core/src/${file}`;

describe('the architecture of the sources', () => {
  let modules: Module[];

  beforeAll(async () => {
    const folders = ['packages', 'examples', 'bench', 'scripts', 'test'];
    modules = await readImportGraph(folders.filter((folder) => existsSync(`${root}${folder}`)));
  }, 60_000);

  it('is read completely: every source file of the packages is in the graph', () => {
    const known = new Set(modules.map(({ source }) => source));
    const missing = packageNames.flatMap(sourceFilesOf).filter((file) => !known.has(file));
    expect(missing).toEqual([]);
    expect(modules.flatMap(({ imports }) => imports).some(({ target }) => target === core('errors.ts'))).toBe(true);
  });

  it.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(rule(modules)).toEqual([]);
  });

  it(`keeps every source file within ${maxLinesPerFile} lines`, () => {
    const long = packageNames
      .flatMap(sourceFilesOf)
      .map((file) => ({ file, lines: textOf(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > maxLinesPerFile);
    expect(long).toEqual([]);
  });

  it.each(adapters)(`keeps packages/%s within ${maxCodeLinesPerAdapter} lines of code`, (adapter) => {
    const total = sourceFilesOf(adapter).reduce((sum, file) => sum + countCodeLines(textOf(file)), 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(maxCodeLinesPerAdapter);
  });

  it('looks as docs/architecture.md draws it (`npm run docs` draws it anew)', () => {
    expect(existsSync(`${root}docs/architecture.md`), 'docs/architecture.md is missing').toBe(true);
    const drawn = modules.filter(({ source }) => packageSources.some((folder) => source.startsWith(`${folder}/`)));
    expect(firstDiagramOf(textOf('docs/architecture.md'))).toBe(architectureDiagram(drawn));
  });
});

describe('a planted violation is caught', () => {
  it('an import that runs upwards, of a type or of a value', () => {
    expect(importsRunDownwards([module(core('shapes/a.ts'), core('catalog/b.ts'))])).toHaveLength(1);
    expect(importsRunDownwards([module(core('handlers/a.ts'), core('index.ts'))])).toHaveLength(1);
    expect(importsRunDownwards([module(core('catalog/a.ts'), core('shapes/b.ts'))])).toEqual([]);
  });

  it('a room that imports its neighbour on a closed floor', () => {
    expect(importsRunDownwards([module(core('disk/a.ts'), core('http/b.ts'))])).toHaveLength(1);
    expect(importsRunDownwards([module(core('disk/a.ts'), core('disk/b.ts'))])).toEqual([]);
    expect(importsRunDownwards([module(core('ports/a.ts'), core('errors.ts'))])).toEqual([]);
    expect(importsRunDownwards([module(core('library-api.ts'), core('base-model-routes.ts'))])).toEqual([]);
  });

  it('a file on no floor', () => {
    expect(importsRunDownwards([module(core('misc/a.ts'))])).toHaveLength(1);
  });

  it('a service that imports its sibling', () => {
    const own = core('services/move/a.ts');
    expect(servicesImportNoSibling([module(own, core('services/tags/b.ts'))])).toHaveLength(1);
    expect(servicesImportNoSibling([module(core('services/commit.ts'), own)])).toHaveLength(1);
    expect(servicesImportNoSibling([module(own, core('services/move/b.ts'), core('services/commit.ts'))])).toEqual([]);
  });

  it('a framework in core', () => {
    for (const specifier of ['express', 'fastify', 'koa', '@koa/router', 'hono', 'hono/types']) {
      expect(coreKnowsNoFramework([module(core('http/a.ts'), specifier)])).toHaveLength(1);
    }
    expect(coreKnowsNoFramework([module(core('http/a.ts'), 'zod', 'find-my-way')])).toEqual([]);
  });

  it('an adapter that imports more than core and its framework', () => {
    const own = 'packages/adapter-koa/src/index.ts';
    const privateFile: [string, string] = ['../../core/src/errors.js', core('errors.ts')];
    for (const entry of ['express', 'zod', '@modelshelf/ui', privateFile]) {
      expect(adaptersImportOnlyTheirFramework([module(own, entry)])).toHaveLength(1);
    }
    const fine = module(own, 'koa', '@koa/router', '@modelshelf/core', '@modelshelf/core/fetch', 'fs/promises');
    expect(adaptersImportOnlyTheirFramework([fine])).toEqual([]);
  });

  it('a cycle, also a long one and one inside a room', () => {
    expect(importsFormNoCycle([module('a.ts', 'b.ts'), module('b.ts', 'a.ts')])).toEqual(['a cycle: a.ts, b.ts']);
    expect(
      importsFormNoCycle([
        module('x.ts', 'a.ts'),
        module('a.ts', 'b.ts'),
        module('b.ts', 'c.ts'),
        module('c.ts', 'a.ts'),
      ]),
    ).toEqual(['a cycle: a.ts, b.ts, c.ts']);
    expect(importsFormNoCycle([module('a.ts', 'a.ts')])).toEqual(['a.ts imports itself']);
    const diamond = [module('a.ts', 'b.ts', 'c.ts'), module('b.ts', 'd.ts'), module('c.ts', 'd.ts'), module('d.ts')];
    expect(importsFormNoCycle(diamond)).toEqual([]);
  });

  it('a line of code, whatever comments and blank lines surround it', () => {
    expect(countCodeLines('/**\n * Words.\n */\n\n// more\nconst a = 1; // and more\n\nconst b = `x\ny`;\n')).toBe(3);
  });
});

describe('the diagram', () => {
  it('has an edge between two rooms when a file of one imports a file of the other', () => {
    const modules = [
      module(core('catalog/a.ts'), core('disk/b.ts'), core('disk/c.ts'), core('catalog/d.ts'), 'zod'),
      module('packages/ui/src/index.ts', ['@modelshelf/core', core('index.ts')]),
    ];
    expect(roomEdges(modules)).toEqual([
      ['core/catalog', 'core/disk'],
      ['ui', 'core/index.ts'],
    ]);
  });

  it('leaves out what a longer way says too, and nothing else', () => {
    expect(
      withoutTransitiveEdges([
        ['a', 'b'],
        ['b', 'c'],
        ['a', 'c'],
        ['c', 'd'],
        ['a', 'd'],
        ['x', 'd'],
      ]),
    ).toEqual([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
      ['x', 'd'],
    ]);
  });

  it('keeps every edge of a circle, and every edge into one', () => {
    const edges: [string, string][] = [
      ['a', 'b'],
      ['b', 'a'],
      ['x', 'a'],
      ['x', 'b'],
    ];
    expect(withoutTransitiveEdges(edges)).toEqual(edges);
  });

  it('draws rooms on their floors, packages beside core, and reduced edges', () => {
    const modules = [
      module(core('handlers/a.ts'), core('http/b.ts'), core('errors.ts')),
      module(core('http/b.ts'), core('errors.ts')),
      module(core('errors.ts')),
      module('packages/adapter-koa/src/index.ts', ['@modelshelf/core', core('handlers/a.ts')]),
    ];
    expect(architectureDiagram(modules)).toMatchInlineSnapshot(`
      "flowchart TD
        adapter_koa["@modelshelf/adapter-koa"]
        subgraph core["@modelshelf/core"]
          subgraph floor_6["floor 6"]
            core_handlers["handlers"]
          end
          subgraph floor_2["floor 2"]
            core_http["http"]
          end
          subgraph floor_0["floor 0"]
            core_errors["errors.ts"]
          end
        end
        adapter_koa --> core_handlers
        core_handlers --> core_http
        core_http --> core_errors
      "
    `);
  });

  it('is the first mermaid block of a page', () => {
    expect(firstDiagramOf('text\n```mermaid\nA\n```\n```mermaid\nB\n```\n')).toBe('A\n');
    expect(firstDiagramOf('text')).toBeUndefined();
  });
});
