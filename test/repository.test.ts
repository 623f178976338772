import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

const files = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard', '-z'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(`${root}${file}`));

const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

/** The lines of all text files that a pattern matches, each with its place. */
function linesMatching(pattern: RegExp, among = files): string[] {
  return among.flatMap((file) => {
    const text = read(file);
    if (text.includes('\0') || !pattern.test(text)) return [];
    return text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
  });
}

// Written so that this file does not match itself.
const slash = '[/]';
const machinePath = new RegExp(`(?<![\\w.-])${slash}(?:(?:work|root)${slash}|home${slash}(?!(?:me|somebody)\\b)[a-z])`);
const registryHost = /:[/]{2}[\w.-]*registry|\bregistry[.][\w-]+[.](?:com|dev|io|net|org)\b/;

describe('the files of the repository', () => {
  it('are many', () => {
    expect(files).toContain('package.json');
    expect(files.length).toBeGreaterThan(50);
  });

  it('name no path of the machine they were written on', () => {
    expect(linesMatching(machinePath)).toEqual([]);
  });

  it('name no package registry, and the lockfile no address at all', () => {
    expect(linesMatching(registryHost)).toEqual([]);
    expect(linesMatching(/https?:/, ['pnpm-lock.yaml'])).toEqual([]);
  });

  it('refer to no schema on another host', () => {
    const configurations = files.filter((file) => /\.(?:json|ya?ml)$/.test(file));
    expect(linesMatching(/\$schema['"]?\s*[:=]\s*['"]?https?:/, configurations)).toEqual([]);
  });

  it('are found out when they do', () => {
    for (const path of ['/work', '/root'].map((folder) => `cd ${folder}/a`).concat(['(/home', 'someone)'].join('/'))) {
      expect(path).toMatch(machinePath);
    }
    for (const path of ['packages/core/src/network/a.ts', './work/a', 'a/root/b', '/homepage', '/works/a']) {
      expect(path).not.toMatch(machinePath);
    }
    expect(['registry', 'npmjs', 'org'].join('.')).toMatch(registryHost);
    expect('registry.routes.map(…), see the registry. Or registry.test.ts').not.toMatch(registryHost);
  });
});

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines: { node: string };
  private?: boolean;
  exports?: Record<string, unknown>;
  publishConfig?: { exports?: Record<string, unknown> };
}

/** An export map as it is published: without the condition that leads to the sources. */
function withoutSources(exports: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(exports, (key, value: unknown) => (key === '@modelshelf/source' ? undefined : value)),
  ) as Record<string, unknown>;
}

describe('the manifests', () => {
  const manifests = files
    .filter((file) => /(^|\/)package\.json$/.test(file))
    .map((file) => JSON.parse(read(file)) as Manifest);

  it('share their version, licence and engines', () => {
    expect(manifests.length).toBeGreaterThan(10);
    const [first] = manifests.map(({ version, license, engines }) => ({ version, license, engines }));
    for (const { name, version, license, engines } of manifests) {
      expect({ version, license, engines }, name).toEqual(first);
    }
    expect(first).toMatchObject({ license: 'MIT', engines: { node: expect.stringMatching(/^>=\d+\.\d+\.\d+$/) } });
  });

  it('publish the same exports that the workspace uses, without the sources', () => {
    const published = manifests.filter((manifest) => manifest.private !== true);
    expect(published.length).toBeGreaterThan(4);
    for (const { name, exports, publishConfig } of published) {
      expect(publishConfig?.exports, name).toEqual(withoutSources(exports ?? {}));
      expect(JSON.stringify(publishConfig)).not.toContain('/src/');
    }
  });
});
