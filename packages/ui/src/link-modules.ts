const importLine = /^import .* from '\.\/([\w-]+\.js)';\n/gm;
const exportKeyword = /^export (?=(?:async )?function|const|class)/gm;

/**
 * Joins modules into one script that can stand inside a page, every module before those that import it.
 *
 * It understands the two forms that our client modules use: a one-line `import { a } from './b.js';`, and `export` in
 * front of a declaration. Names of the top level must differ between modules.
 */
export function linkModules(modules: ReadonlyMap<string, string>, entry: string): string {
  const linked = new Map<string, string>();
  const visiting = new Set<string>();

  const visit = (file: string): void => {
    if (linked.has(file)) return;
    if (visiting.has(file)) throw new Error(`client module ${file} imports itself in a circle`);
    visiting.add(file);
    const source = modules.get(file);
    if (source === undefined) throw new Error(`client module ${file} does not exist`);
    for (const [, imported = ''] of source.matchAll(importLine)) visit(imported);
    linked.set(file, source.replace(importLine, '').replace(exportKeyword, ''));
  };

  visit(entry);
  return [...linked.values()].join('\n');
}
