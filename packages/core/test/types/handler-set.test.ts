import { expectTypeOf, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineExtension,
  defineRoutes,
  type HandlersOf,
  type ModelFace,
  type ModelHandlers,
  type RouteDefinition,
} from '../../src/index.js';

const routes = defineRoutes([
  {
    handler: 'getPing',
    methods: ['GET'],
    path: '/api/ping',
    scope: 'library',
    effect: 'read',
    summary: 'Answers.',
    query: z.object({ times: z.coerce.number().default(1) }),
    reply: z.object({ pong: z.number() }),
  },
  {
    handler: 'getPage',
    methods: ['GET'],
    path: '/page',
    scope: 'library',
    effect: 'read',
    summary: 'A page.',
    reply: 'html',
  },
]);

type Handlers = HandlersOf<typeof routes>;

const getPing: Handlers['getPing'] = ({ times }) => ({ kind: 'json', body: { pong: times } });
const getPage: Handlers['getPage'] = () => ({ kind: 'html', body: '<p>' });

// These are checked by the compiler: `npm run typecheck` fails when one of the expected errors does not happen.
describe('the handler-set type', () => {
  it('takes one handler per route', () => {
    const complete: Handlers = { getPing, getPage };
    expect(Object.keys(complete)).toHaveLength(2);
  });

  it('refuses a missing, an extra and a mis-typed handler', () => {
    // @ts-expect-error getPage is missing
    const missing: Handlers = { getPing };
    // @ts-expect-error nothing is called getNothing
    const extra: Handlers = { getPing, getPage, getNothing: getPage };
    // @ts-expect-error the reply has a text where a number must be
    const wrongReply: Handlers = { getPing: () => ({ kind: 'json', body: { pong: 'one' } }), getPage };
    const readsText = ({ times }: { times: string }) => ({ kind: 'json' as const, body: { pong: times.length } });
    // @ts-expect-error the input is a number after validation
    const wrongInput: Handlers = { getPing: readsText, getPage };
    // @ts-expect-error a page is no JSON
    const wrongKind: Handlers = { getPing, getPage: () => ({ kind: 'json', body: {} }) };
    expect([missing, extra, wrongReply, wrongInput, wrongKind]).toHaveLength(5);
  });

  it('holds extensions of hosts to the same', () => {
    // @ts-expect-error getPage is missing
    const missing = defineExtension({ routes, handlers: () => ({ getPing }) });
    const complete = defineExtension({ routes, handlers: () => ({ getPing, getPage }) });
    expect([missing, complete]).toHaveLength(2);
  });

  it('is the same for the common routes, and the faces follow from it', () => {
    expectTypeOf<ModelHandlers>().toHaveProperty('getModels');
    expectTypeOf<keyof ModelHandlers>().toEqualTypeOf<keyof ModelFace>();
    expectTypeOf<Parameters<ModelFace['getModels']>[0]>().toExtend<{ search?: string | undefined } | undefined>();
    expectTypeOf<Parameters<ModelFace['getModelMetadata']>[0]>().toEqualTypeOf<{ file_path: string }>();
    expectTypeOf<Awaited<ReturnType<ModelFace['getModels']>>['total']>().toEqualTypeOf<number>();
  });

  it('keeps definitions frozen', () => {
    const [first] = routes as readonly RouteDefinition[];
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.isFrozen(routes)).toBe(true);
  });
});
