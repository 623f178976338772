import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSidecar } from '../../src/disk/sidecar-writer.js';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';
import { put, tempFolder } from './temp-library.js';

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

/** The disk of a process that is dead from its n-th system call on; with `half`, that call wrote a part of its bytes. */
function dyingAt(step: number, half: boolean): { files: FileOperations; steps: () => number } {
  let steps = 0;
  const files = Object.fromEntries(
    Object.entries(nodeFileOperations).map(([name, operation]) => [
      name,
      async (...args: unknown[]) => {
        steps++;
        if (steps > step) throw new Error('dead');
        if (steps === step) {
          if (half && name === 'writeNew') writeFileSync(String(args[0]), String(args[1]).slice(0, 3));
          throw new Error('dead');
        }
        return (operation as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as FileOperations;
  return { files, steps: () => steps };
}

describe('writeSidecar', () => {
  it('A crash at any point of a sidecar write leaves either the old or the new complete file.', async () => {
    for (const before of ['{"old": true}', undefined]) {
      for (const half of [false, true]) {
        for (let step = 1; ; step++) {
          const folder = tempFolder();
          const path = join(folder, 'a.metadata.json');
          if (before !== undefined) put(folder, 'a.metadata.json', before);
          const disk = dyingAt(step, half);
          await writeSidecar({ path, before, content: '{"new": true}' }, disk.files).catch(() => undefined);
          const left = readdirSync(folder).includes('a.metadata.json') ? readFileSync(path, 'utf8') : undefined;
          expect([before, '{"new": true}']).toContain(left);
          if (disk.steps() < step) {
            expect(left).toBe('{"new": true}');
            break;
          }
        }
      }
    }
  });

  it('W-W27: a full disk and every other failure are told, and leave the old file and nothing else', async () => {
    const codes = { ENOSPC: 'disk_full', EROFS: 'read_only', EACCES: 'access_denied', EIO: 'storage_unavailable' };
    for (const [code, told] of Object.entries(codes)) {
      for (const step of ['writeNew', 'readFile', 'rename'] as const) {
        const folder = tempFolder();
        const path = put(folder, 'a.metadata.json', '{}');
        const files = { ...nodeFileOperations, [step]: failing(code) };
        const writing = writeSidecar({ path, before: '{}', content: '{"a": 1}' }, files);
        await expect(writing, `${step} ${code}`).rejects.toMatchObject({ code: told });
        expect(readFileSync(path, 'utf8')).toBe('{}');
        expect(readdirSync(folder)).toEqual(['a.metadata.json']);
      }
    }
  });

  it('W-W28: temporary names are never shared, and file and folder are flushed', async () => {
    const folder = tempFolder();
    const calls: string[] = [];
    const names = new Set<string>();
    const files: FileOperations = {
      ...nodeFileOperations,
      writeNew: async (path, content) => {
        names.add(path);
        calls.push('write and flush');
        await nodeFileOperations.writeNew(path, content);
      },
      rename: async (from, to) => {
        calls.push('rename');
        await nodeFileOperations.rename(from, to);
      },
      syncFolder: async (path) => {
        calls.push(`flush ${path === folder ? 'folder' : path}`);
        await nodeFileOperations.syncFolder(path);
      },
    };
    const path = put(folder, 'a.metadata.json', '0');
    for (let i = 0; i < 3; i++) await writeSidecar({ path, before: String(i), content: String(i + 1) }, files);
    expect(names.size).toBe(3);
    expect(calls.slice(0, 3)).toEqual(['write and flush', 'rename', 'flush folder']);
    expect(readdirSync(folder)).toEqual(['a.metadata.json']);
  });

  it('R-W36: what another program wrote meanwhile is never written over', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a.metadata.json', '{"theirs": 1}');
    expect(await writeSidecar({ path, before: '{}', content: '{"ours": 1}' }, nodeFileOperations)).toBe('changed');
    expect(await writeSidecar({ path, before: undefined, content: '{"ours": 1}' }, nodeFileOperations)).toBe('changed');
    for (const code of ['EPERM', 'ENOTSUP']) {
      const files = { ...nodeFileOperations, link: failing(code) };
      expect(await writeSidecar({ path, before: undefined, content: '{}' }, files)).toBe('changed');
    }
    expect(readFileSync(path, 'utf8')).toBe('{"theirs": 1}');
    expect(readdirSync(folder)).toEqual(['a.metadata.json']);
  });

  it('makes a new file where the file system knows no hard links', async () => {
    const path = join(tempFolder(), 'a.metadata.json');
    const files = { ...nodeFileOperations, link: failing('EPERM'), sync: failing('EINVAL') };
    expect(await writeSidecar({ path, before: undefined, content: '{}' }, files)).toBe('written');
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });
});
