import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  COMMON_ROUTE_DEFINITIONS,
  LIBRARY_ROUTE_DEFINITIONS,
  type AuthorizeRequest,
  type RouteBinding,
  type RouteDefinition,
} from '../../src/index.js';
import { PICTURES } from '../disk/sample-images.js';
import { shelf } from './shelf.js';
import { openLibrary } from './temp-library.js';
import { answerOf, untouched } from './write-input/refusals.js';
import { json, MODEL_OF, openWritingLibrary } from './write-input/writing-library.js';
import { goodBodyOf, inputOf, prefixOf, writingBindings } from './write-input/writing-routes.js';

/** A well-meant request to a writing route, in one of its methods. */
function goodInit(binding: RouteBinding, method: string, folder: string): RequestInit {
  if (method === 'GET' || method === 'HEAD') return { method };
  if (binding.definition.body === 'multipart') {
    const body = new FormData();
    body.append('model_path', join(folder, MODEL_OF[prefixOf(binding)]));
    body.append('preview_file', new Blob([PICTURES.webp]), 'x.webp');
    return { method, body };
  }
  return inputOf(binding.definition) === undefined ? { method } : json(goodBodyOf(binding, folder));
}

describe('guards', () => {
  it('P-17: every mutating route calls authorize, once and before anything happens', async () => {
    const asked: [AuthorizeRequest, RouteDefinition][] = [];
    const at = await openWritingLibrary({
      authorize: (request, definition) => {
        asked.push([request, definition]);
        return Promise.resolve(definition.effect === 'read');
      },
    });
    await untouched(at, 'no', async () => {
      for (const binding of writingBindings(at.library)) {
        for (const method of binding.methods) {
          const before = asked.length;
          const answer = await answerOf(at.send(binding.path, goodInit(binding, method, at.folder)));
          const what = [method, binding.path];
          expect([...what, answer.status]).toEqual([...what, 403]);
          expect(JSON.parse(answer.text)).toEqual({ success: false, error: expect.any(String), code: 'forbidden' });
          const told = asked.slice(before).map(([request, { handler }]) => [request.method, request.prefix, handler]);
          expect(told).toEqual([[method, binding.prefix, binding.definition.handler]]);
        }
      }
    });
  });

  it('P-17: no writing route does anything for a page of another site, in any method', async () => {
    const at = await openWritingLibrary();
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    await untouched(at, 'foreign', async () => {
      for (const binding of writingBindings(at.library)) {
        for (const method of binding.methods.includes('GET') ? [...binding.methods, 'HEAD'] : binding.methods) {
          const { headers: own, ...init } = goodInit(binding, method, at.folder);
          for (const headers of foreign) {
            const { status, text } = await answerOf(
              at.send(binding.path, { ...init, headers: { ...own, ...headers } }),
            );
            const what = [method, binding.path, headers];
            expect([...what, status]).toEqual([...what, 403]);
            if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ code: 'cross_site_refused' });
          }
        }
      }
    });
  });

  it('W-W23: with `legacyGetWrites: false` a GET reorganises nothing: 404', async () => {
    const at = await openWritingLibrary({ legacyGetWrites: false });
    await untouched(at, 'GET', async () => {
      for (const prefix of ['loras', 'checkpoints', 'embeddings']) {
        for (const method of ['GET', 'HEAD']) {
          const { status } = await answerOf(at.send(`/api/lm/${prefix}/auto-organize`, { method }));
          expect([prefix, method, status]).toEqual([prefix, method, expect.toBeOneOf([404, 405])]);
        }
      }
    });
    expect((await at.send('/api/lm/loras/auto-organize', json({ dry_run: true }))).status).toBe(200);
  });

  it('W-W23: HEAD, by which programs look whether something is there, changes nothing', async () => {
    const at = await openWritingLibrary();
    await untouched(at, 'HEAD', async () => {
      for (const { path, methods } of writingBindings(at.library)) {
        if (!methods.includes('GET')) continue;
        const { status } = await answerOf(at.send(path, { method: 'HEAD' }));
        expect([path, status]).toEqual([path, 404]);
      }
    });
  });
});

describe('before a service is attached', () => {
  it('A route of an unattached service answers 503 with `{"success": false, "error": "Service not ready"}`: every one, also those that write.', async () => {
    const { library, request, folder } = await openLibrary(shelf);
    const asked = writingBindings(library).filter(({ definition }) => definition.always !== true);
    expect(asked.length).toBeGreaterThan(60);
    const askAll = (): Promise<(readonly unknown[])[]> =>
      Promise.all(
        asked.flatMap((binding) =>
          binding.methods.map(async (method) => {
            const response = await request(binding.path, goodInit(binding, method, folder));
            return [method, binding.path, response.status, await response.text()] as const;
          }),
        ),
      );
    for (const [method, path, status, text] of await askAll()) {
      expect([method, path, status, text]).toEqual([
        method,
        path,
        503,
        '{"success":false,"error":"Service not ready"}',
      ]);
    }
  });

  it('a library that was closed changes nothing any more, and no answer is a 500', async () => {
    const at = await openWritingLibrary();
    await at.library.close();
    const before = (await at.disk()).filter((line) => !line.includes('/settings.json '));
    for (const binding of writingBindings(at.library)) {
      const { status, text } = await answerOf(at.send(binding.path, goodInit(binding, 'POST', at.folder)));
      expect([binding.path, status, text]).toEqual([binding.path, expect.toSatisfy((each) => each !== 500), text]);
    }
    expect((await at.disk()).filter((line) => !line.includes('/settings.json '))).toEqual(before);
  });
});

describe('the registry', () => {
  it('`COMMON_ROUTE_DEFINITIONS` has unique handler names per concern, GET and POST of auto-organize share one, each name resolves in the flattened handler set, and each definition is bound once per prefix.', async () => {
    const names = [...COMMON_ROUTE_DEFINITIONS, ...LIBRARY_ROUTE_DEFINITIONS].map(({ handler }) => handler);
    expect(new Set(names).size).toBe(names.length);
    const organize = COMMON_ROUTE_DEFINITIONS.filter(({ path }) => path === '/api/lm/{prefix}/auto-organize');
    expect(organize.map(({ handler, methods }) => [handler, methods])).toEqual([
      ['autoOrganizeModels', ['GET', 'POST']],
    ]);
    const { library } = await openLibrary(shelf);
    await library.ready;
    for (const definition of COMMON_ROUTE_DEFINITIONS) {
      if (definition.reply === 'html') continue;
      const bound = library.bindings.filter((binding) => binding.definition === definition);
      const prefixes = bound.map(({ prefix }) => prefix);
      expect([definition.handler, prefixes]).toEqual([definition.handler, ['loras', 'checkpoints', 'embeddings']]);
      for (const { resolve } of bound) expect(resolve()).toBeTypeOf('function');
    }
    for (const definition of LIBRARY_ROUTE_DEFINITIONS) {
      const bound = library.bindings.filter((binding) => binding.definition === definition);
      if (definition.reply !== 'html') expect([definition.handler, bound.length]).toEqual([definition.handler, 1]);
    }
  });
});
