import { describe, expect, it } from 'vitest';
import { builtInModelTypes } from '../../src/model-types/built-in-model-types.js';
import { checkModelTypes } from '../../src/wiring/check-options.js';
import type { RootsConfiguration } from '../../src/wiring/library-options.js';

const check = (folders: unknown): void =>
  checkModelTypes(builtInModelTypes, { extraRoots: { loras: folders } as RootsConfiguration });

describe('folders of the configuration', () => {
  it.each([
    [['./loras']],
    [['./loras', { path: '/nas', scan: 'interval', everySeconds: 600 }]],
    [
      [
        { path: '/nas', scan: 'watch', everySeconds: 1 },
        { path: '/old', scan: 'off' },
      ],
    ],
    [[{ path: '/nas' }, { path: '/b', scan: 'on-demand' }, { path: '/c', scan: 'interval' }]],
    [[]],
    [undefined],
  ])('%j is one', (folders) => {
    expect(() => check(folders)).not.toThrow();
  });

  it.each([
    ['./loras'],
    [null],
    [[7]],
    [[{ scan: 'watch' }]],
    [[{ path: '/nas', scan: 'sometimes' }]],
    [[{ path: '/nas', everySeconds: 60 }]],
    [[{ path: '/nas', scan: 'off', everySeconds: 60 }]],
    [[{ path: '/nas', scan: 'on-demand', everySeconds: 60 }]],
    [[{ path: '/nas', scan: 'interval', everySeconds: 0 }]],
    [[{ path: '/nas', scan: 'interval', everySeconds: -5 }]],
    [[{ path: '/nas', scan: 'interval', everySeconds: 1e9 }]],
    [[{ path: '/nas', scan: 'interval', everySeconds: '60' }]],
    [[{ path: '/nas', watch: true }]],
  ])('%j is none', (folders) => {
    expect(() => check(folders)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  });
});
