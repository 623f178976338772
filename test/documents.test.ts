import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as registry from '../packages/core/src/index.js';
import { STATUS_OF } from '../packages/core/src/http/problem.js';
import { allRoutes, routeTable } from '../scripts/route-table.mjs';

const root = new URL('..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function filesBelow(folder: string, matches: (path: string) => boolean): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.includes('node_modules') && !entry.parentPath.includes('/dist'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(matches);
}

const sources = filesBelow('packages', (path) => path.includes('/src/') && path.endsWith('.ts'));
const tests = [...filesBelow('packages', isTest), ...filesBelow('examples', isTest), ...filesBelow('test', isTest)];

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

describe('the documents', () => {
  it('have every section of behaviour.md that a comment cites', () => {
    const headings = new Set([...read('docs/behaviour.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading));
    const cited = sources.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/docs\/behaviour\.md((?:,?\s+(?:\*\s+)?(?:and )?"[^"]+")+)/g)].flatMap(
        ([, list = '']) => [...list.matchAll(/"([^"]+)"/g)].map(([, heading]) => heading),
      ),
    );
    expect(cited.length).toBeGreaterThan(10);
    expect(cited.filter((heading) => !headings.has(heading))).toEqual([]);
  });

  it('behaviour.md lists every error code with its status', () => {
    const table = read('docs/behaviour.md').split('## Parameters')[0] ?? '';
    const listed: Record<string, number> = {};
    for (const [, codes = '', status] of table.matchAll(/\| ((?:`[a-z_]+`(?:, )?)+) \| (\d{3})(?= )/g)) {
      for (const [, code = ''] of codes.matchAll(/`([a-z_]+)`/g)) listed[code] = Number(status);
    }
    expect(listed).toEqual(STATUS_OF);
  });

  it('dependencies.md has a row for each runtime dependency and no other', () => {
    const rows = [
      ...read('docs/dependencies.md').matchAll(/^\| `(@modelshelf\/[a-z-]+)` \| `([^`]+)` \| .{20,} \|$/gm),
    ];
    const listed = rows.map(([, name, dependency]) => `${String(name)} ${String(dependency)}`);
    const real = readdirSync(join(root, 'packages')).flatMap((folder) => {
      const manifest = JSON.parse(read(`packages/${folder}/package.json`)) as { name: string; dependencies?: object };
      return Object.keys(manifest.dependencies ?? {}).map((dependency) => `${manifest.name} ${dependency}`);
    });
    expect(listed.sort()).toEqual(real.sort());
  });

  it('defects.md lists the defects that have a test, and those only', () => {
    const listed = [...read('docs/defects.md').matchAll(/^\| ((?:R-W|W-W|D-)\d+) \|/gm)].map(([, number]) => number);
    const titled = tests.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/['"`]((?:R-W|W-W|D-)\d+): /g)].map(([, number]) => number),
    );
    expect([...new Set(titled)].sort()).toEqual([...new Set(listed)].sort());
  });

  it('the route table of the README is that of the registry', () => {
    const groups = Object.keys(registry).filter((name) => name.endsWith('_ROUTE_DEFINITIONS'));
    expect(groups).toHaveLength(5);
    // A formatter may pad the cells.
    const plain = (markdown: string): string => markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
    expect(plain(read('README.md'))).toContain(plain(routeTable(allRoutes(registry))));
  });
});
