import { describe, expect, it } from 'vitest';
import type { RouteBinding } from '../../../src/index.js';
import { answerOf, expectRefusal, untouched, type Answer } from './refusals.js';
import { json, MODEL_OF, openWritingLibrary, type WritingLibrary } from './writing-library.js';
import { goodBodyOf, inputOf, writingBindings } from './writing-routes.js';

/** One value of every kind that JSON has, and some that are nearly right. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'text',
  [],
  [null],
  [[]],
  [{}],
  [1],
  [''],
  ['a\0b'],
  {},
  { length: 1, 0: 'x' },
  { a: { b: 'c\0d' } },
];

const MALFORMED = ['{', '}', '[', '"', 'nul', '{"file_path":', '{"a":1}}', "{'a':1}", '{"a":NaN}', '\u0000', '<x/>'];
const NO_OBJECTS = ['[]', '[{}]', 'null', 'true', '5', '"text"'];

const post = (at: WritingLibrary, { path }: RouteBinding, body: unknown): Promise<Answer> =>
  answerOf(at.send(path, json(body)));

/** The routes of one type and of the library that read a JSON body. */
function jsonRoutes({ library }: WritingLibrary): readonly RouteBinding[] {
  return writingBindings(library).filter(
    ({ definition, prefix }) =>
      inputOf(definition) !== undefined &&
      (prefix === undefined || prefix === 'loras') &&
      definition.body !== 'multipart',
  );
}

describe('W-W35: one envelope for every error of every writing route, and nothing changes', () => {
  it('W-W35: malformed JSON, and JSON that is no object, is 400', async () => {
    const at = await openWritingLibrary();
    const routes = jsonRoutes(at);
    expect(routes.length).toBeGreaterThan(20);
    for (const route of routes) {
      const { handler } = route.definition;
      await untouched(at, handler, async () => {
        for (const body of [...MALFORMED, ...NO_OBJECTS]) {
          const answer = await post(at, route, body);
          expectRefusal(handler, answer, [handler, body]);
          const code = MALFORMED.includes(body) ? 'malformed_body' : 'validation_failed';
          expect([handler, body, answer.status, JSON.parse(answer.text).code]).toEqual([handler, body, 400, code]);
        }
        const bytes = Uint8Array.of(...Buffer.from('{"file_path":"'), 0xff, 0xfe, ...Buffer.from('"}'));
        const garbled = await answerOf(at.send(route.path, { ...json(''), body: bytes }));
        if (garbled.status !== 200) expectRefusal(handler, garbled, [handler, 'garbled']);
      });
    }
  });

  it('W-W35: a field that is missing or of a wrong type is 400 and named', async () => {
    const at = await openWritingLibrary();
    let refusals = 0;
    for (const route of jsonRoutes(at)) {
      const { handler } = route.definition;
      const schema = inputOf(route.definition);
      const good = Object(goodBodyOf(route, at.folder));
      await untouched(at, handler, async () => {
        for (const field of Object.keys(schema?.shape ?? {})) {
          const { [field]: _left, ...lacking } = good;
          const wrong = [...VALUES.map((value) => ({ ...good, [field]: value })), lacking];
          for (const body of wrong.filter((each) => schema?.safeParse(each).success === false)) {
            const answer = await post(at, route, body);
            const what = [handler, JSON.stringify(body)];
            expectRefusal(handler, answer, what);
            expect([what, answer.status]).toEqual([what, 400]);
            refusals++;
          }
        }
      });
    }
    expect(refusals).toBeGreaterThan(500);
  });

  it('W-W35: these in particular are no paths, no lists and no flags', async () => {
    const at = await openWritingLibrary();
    const model = `${at.folder}/${MODEL_OF.loras}`;
    const wrong: [string, object][] = [
      ['delete', {}],
      ['delete', { file_path: 5 }],
      ['delete', { file_path: [model] }],
      ['delete', { file_path: { path: model } }],
      ['exclude', { file_path: null }],
      ['rename', { file_path: model, new_file_name: 7 }],
      ['rename', { file_path: model }],
      ['bulk-delete', { file_paths: model }],
      ['bulk-delete', { file_paths: [] }],
      ['bulk-delete', { file_paths: [model, 5] }],
      ['bulk-delete', { file_paths: [model, '/etc/passwd'] }],
      ['bulk-delete', { file_paths: Array(10_001).fill(model) }],
      ['verify-duplicates', { file_paths: [] }],
      ['verify-duplicates', { file_paths: [model, `${at.folder}/outside/secret.safetensors`] }],
      ['add-tags', { file_path: model, tags: 'x' }],
      ['save-metadata', { file_path: model, size: 'abc' }],
      ['save-metadata', { file_path: model, sha256: 'ab'.repeat(32) }],
      ['save-metadata', { file_path: model, preview_url: '/etc/passwd' }],
      ['save-metadata', { file_path: model, favorite: 'yes' }],
      ['save-metadata', { file_path: model, civitai: [] }],
      ['move_model', { file_path: model, target_path: '/x', use_default_paths: 'yes' }],
      ['move_models_bulk', { file_paths: [], target_path: `${at.folder}/loras` }],
      ['set-preview-from-url', { model_path: model, image_url: '' }],
      ['set-preview-from-url', { model_path: model, image_url: 'javascript:alert(1)' }],
      ['set-preview-from-url', { model_path: model, image_url: 'file:///etc/passwd' }],
      ['set-preview-from-url', { model_path: model, image_url: 'http://127.0.0.1:1/x.png' }],
      ['set-preview-from-url', { model_path: model, image_url: 'http://[::1]/x.png' }],
      ['set-preview-from-url', { model_path: model, image_url: 'http://169.254.169.254/latest/meta-data' }],
      ['set-preview-from-url', { model_path: model, image_url: 'http://user:secret@example.org/x.png' }],
      ['bulk-edit', { file_paths: [model] }],
      ['bulk-edit', { add_tags: ['x'] }],
      ['bulk-edit', { filter: { misspelt: true }, add_tags: ['x'] }],
      ['dedupe', { action: 'trash' }],
      ['dedupe', { action: 'delete', rule: 'oldest' }],
      ['dedupe', { action: 'trash', groups: [] }],
      ['auto-organize', { file_paths: [1] }],
      ['auto-organize', { file_paths: {} }],
      ['auto-organize', { dry_run: 1 }],
    ];
    await untouched(at, 'all', async () => {
      for (const [route, body] of wrong) {
        const answer = await answerOf(at.send(`/api/lm/loras/${route}`, json(body)));
        expectRefusal(route, answer, [route, body]);
        expect([route, body, answer.status]).toEqual([route, body, expect.toBeOneOf([400, 403])]);
      }
    });
  });

  it('W-W35: an empty list means nothing, and never everything', async () => {
    const at = await openWritingLibrary();
    await untouched(at, 'lists', async () => {
      for (const prefix of ['loras', 'checkpoints', 'embeddings']) {
        const organise = await answerOf(at.send(`/api/lm/${prefix}/auto-organize`, json({ file_paths: [] })));
        expect(JSON.parse(organise.text)).toMatchObject({ success: true, summary: { total: 0, success: 0 } });
        const edit = await answerOf(at.send(`/api/lm/${prefix}/bulk-edit`, json({ file_paths: [], add_tags: ['x'] })));
        expect(JSON.parse(edit.text)).toMatchObject({ success: true, total: 0, changed: 0, results: [] });
      }
      const purge = await answerOf(at.send('/api/lm/trash/purge', json({ batch_ids: [] })));
      expectRefusal('purgeTrash', purge, 'purge');
    });
  });

  it('W-W23: JSON that a client sends as a form, as curl does, is no request for everything', async () => {
    const at = await openWritingLibrary();
    await untouched(at, 'forms', async () => {
      for (const body of [{ file_paths: [] }, { file_paths: null, dry_run: true }, { dry_run: true }]) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const answer = await answerOf(at.send('/api/lm/loras/auto-organize', { ...json(body), headers }));
        const isPlan = 'dry_run' in body;
        expect(JSON.parse(answer.text)).toMatchObject(isPlan ? { dry_run: true } : { summary: { total: 0 } });
      }
    });
  });

  it('W-W35: too much, too deep, the wrong type of content: 413, 400, 415', async () => {
    const at = await openWritingLibrary();
    const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
    for (const route of jsonRoutes(at)) {
      const { handler } = route.definition;
      const good = JSON.stringify(goodBodyOf(route, at.folder));
      await untouched(at, handler, async () => {
        const status = async (init: RequestInit): Promise<number> => {
          const answer = await answerOf(at.send(route.path, init));
          expectRefusal(handler, answer, [handler, init.headers]);
          return answer.status;
        };
        expect([handler, await status(json(`${good.slice(0, -1)}${' '.repeat(5 * 1024 * 1024)}}`))]).toEqual([
          handler,
          413,
        ]);
        expect([handler, await status(json(`{"file_path":${deep},"unknown":${deep}}`))]).toEqual([handler, 400]);
        for (const type of ['text/xml', 'text/plain', 'multipart/form-data; boundary=x']) {
          const init = { ...json(good), headers: { 'content-type': type } };
          expect([handler, type, await status(init)]).toEqual([handler, type, 415]);
        }
      });
    }
  });
});
