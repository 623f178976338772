import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteTree } from '../../src/http/route-tree.js';
import type { Method } from '../../src/routes/route-definition.js';
import { bind, route } from './serve.js';

let count = 0;
const at = (path: `/${string}`, methods: [Method, ...Method[]] = ['GET'], prefix?: string) =>
  bind(route({ path, methods, handler: `handler${(count += 1)}` }), () => ({ kind: 'empty' }), prefix);

describe('route tree', () => {
  const list = at('/api/lm/loras/list');
  const page = at('/loras');
  const item = at('/items/{id}', ['GET', 'DELETE']);
  const part = at('/items/{item}/parts/{part}');
  const fixed = at('/items/fixed');
  const colon = at('/v1:batch/{id}');
  const tree = createRouteTree([list, page, item, part, fixed, colon]);

  it('finds by method and path, HEAD as GET', () => {
    expect(tree.match('GET', '/api/lm/loras/list')?.binding).toBe(list);
    expect(tree.match('HEAD', '/loras')?.binding).toBe(page);
    expect(tree.match('DELETE', '/items/a')?.binding).toBe(item);
    expect(tree.match('HEAD', '/items/fixed')?.binding).toBe(fixed);
    expect(tree.match('GET', '/items/a/parts/b')).toEqual({ binding: part, params: { item: 'a', part: 'b' } });
    expect(tree.match('GET', '/v1:batch/9')).toEqual({ binding: colon, params: { id: '9' } });
  });

  it.each([
    ['POST', '/loras'],
    ['OPTIONS', '/loras'],
    ['PATCH', '/items/a'],
    ['toString', '/loras'],
    ['GET', '/Loras'],
    ['GET', '/loras/'],
    ['GET', '//loras'],
    ['GET', '/items/a/'],
    ['GET', '/items/a/b'],
    ['GET', '/v1x/9'],
    ['GET', '*'],
    ['GET', ''],
    ['GET', 'http://h/loras'],
    ['GET', '/other/%zz'],
    ['POST', '/items/%zz'],
  ])('%s %s is the host’s own', (method, path) => {
    expect(tree.match(method, path)).toBeUndefined();
  });

  it('property: a parameter is decoded once, slashes and all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (id) => {
        expect(tree.match('GET', `/items/${encodeURIComponent(id)}`)?.params).toEqual(id === 'fixed' ? {} : { id });
      }),
    );
  });

  it('a parameter may be as long as a path', () => {
    expect(tree.match('GET', `/items/${'x'.repeat(9000)}`)?.params['id']).toHaveLength(9000);
  });

  it.each(['%', '%z', '%zz', '%2', '%E0%A4%A', '%ff', 'a%2Fb%', '%2525%'])(
    'a broken escape that means a route of ours is refused: %s',
    (id) => {
      const match = tree.match('GET', `/items/${id}`);
      expect(match?.binding.path).toBe('/items/{id}');
      expect(() => match?.binding.resolve()).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    },
  );

  it.each([
    ['the same path and method', () => [at('/a'), at('/a')]],
    ['the same place under another name', () => [at('/a/{x}/b'), at('/a/{y}/b')]],
    ['one handler name twice', () => [bind(route({ path: '/a' }), NEVER), bind(route({ path: '/b' }), NEVER)]],
    ['an asterisk', () => [at('/a*')]],
    ['an optional parameter', () => [at('/{x}?')]],
    ['a parameter inside a segment', () => [at('/a{x}')]],
    ['a parameter twice', () => [at('/{x}/{x}')]],
    ['an empty name', () => [at('/{}')]],
    ['a percent sign', () => [at('/a%20b')]],
  ])('refuses at build time: %s', (_, bindings) => {
    expect(() => createRouteTree(bindings())).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  });

  it('one handler name on two prefixes is no collision', () => {
    const bound = (prefix: string) => bind(route({ path: `/${prefix}` }), NEVER, prefix);
    expect(createRouteTree([bound('a'), bound('b')]).match('GET', '/b')?.binding.prefix).toBe('b');
    expect(() => createRouteTree([bound('a'), { ...bound('a'), path: '/c' }])).toThrow('handler getThing of a');
  });
});

const NEVER = () => ({ kind: 'empty' }) as const;
