import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { injectSnippets, looseSnippetsOf, regionOf } from '../scripts/inject-snippets.mjs';

const readmeFile = new URL('../README.md', import.meta.url);

function readReadme(): string {
  if (!existsSync(readmeFile)) throw new Error('README.md is missing');
  return readFileSync(readmeFile, 'utf8');
}

describe('README.md', () => {
  it('shows code as it stands in the examples (`npm run docs` copies it there)', () => {
    const readme = readReadme();
    expect(readme).toBe(injectSnippets(readme));
  });

  it('shows no TypeScript or JavaScript that is not taken from a file', () => {
    expect(looseSnippetsOf(readReadme())).toEqual([]);
  });
});

describe('snippets', () => {
  const fence = '```';

  it('replace the code of a marked block, and leave everything else alone', () => {
    const page = (code: string) =>
      `# Title\n\n<!-- snippet: a.ts#main -->\n\n${fence}ts\n${code}${fence}\n\n${fence}bash\nls\n${fence}\n`;
    const read = (reference: string) => `// ${reference} $& $1\n`;
    expect(injectSnippets(page('old();\n'), read)).toBe(page('// a.ts#main $& $1\n'));
    expect(injectSnippets(page(''), read)).toBe(page('// a.ts#main $& $1\n'));
  });

  it('are asked for by every script block, and have a block below them', () => {
    expect(looseSnippetsOf(`${fence}ts\na();\n${fence}\n`)).toEqual(['a block names no snippet: a();']);
    expect(looseSnippetsOf(`<!-- snippet: a.ts -->\n\ntext\n\n${fence}bash\nls\n${fence}\n`)).toHaveLength(1);
    expect(
      looseSnippetsOf(`<!-- snippet: a.ts -->\n${fence}js\na();\n${fence}\n\n${fence}json\n{}\n${fence}\n`),
    ).toEqual([]);
  });

  it('may be a region, which moves to the left edge', () => {
    const file = 'f(() => {\n  // region inner\n  a();\n\n    b();\n  // endregion\n});\n';
    expect(regionOf(file, 'inner')).toBe('a();\n\n  b();\n');
    expect(() => regionOf(file, 'other')).toThrow('there is no region other');
    expect(() => regionOf('// region open\n', 'open')).toThrow('no end');
  });

  it('that name no file are refused', () => {
    expect(() => injectSnippets(`<!-- snippet: no/such.ts -->\n${fence}ts\n${fence}\n`)).toThrow('no/such.ts');
  });
});
