import { cp, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RouteBinding } from '../../../src/index.js';
import { temporaryFolder } from '../temp-library.js';
import { BAD_NAMES, badModelPaths, badTargetFolders } from './bad-paths.js';
import { answerOf, expectNoLeak, expectRefusal } from './refusals.js';
import { json, MODEL_OF, openWritingLibrary, PREFIXES, type Prefix, type WritingLibrary } from './writing-library.js';
import { goodBodyOf, inputOf, pathFieldsOf, prefixOf, withValueAt, writingBindings } from './writing-routes.js';

const isDeep = process.env['MODELSHELF_DEEP'] === '1';
const runs = isDeep ? 2000 : 150;
const timeout = isDeep ? 1_200_000 : 60_000;

/** Settings and libraries say where folders are; they are no part of what may not change. */
const ofModels = ({ definition: { handler } }: RouteBinding): boolean =>
  !/Settings|Library$|recordUsage|sendTriggerWords|scanModels/.test(handler);

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('..', '.', '', 'deep', 'up', 'outside', 'loras', 'loras2', '.modelshelf') },
  { weight: 3, arbitrary: fc.constantFrom('ink.metadata.json', 'ink.png', 'secret.safetensors', 'escape.safetensors') },
  { weight: 2, arbitrary: fc.constantFrom(...BAD_NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

/** Paths that name no model: in the neighbourhood of models, of roots and of what lies outside. */
const strangePath = (folder: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(folder, `${folder}/loras`, `${folder}/outside`, '', '/', '//server/x', 'loras-0:', 'C:\\', '~'),
      fc.array(segment, { maxLength: 6 }),
      fc.constantFrom('/', '\\', '//', ':'),
    )
    .map(([start, segments, separator]) => [start, ...segments].join(separator));

it('W-W1: no random path makes any writing route touch anything', { timeout }, async () => {
  const at = await openWritingLibrary();
  const { library, folder } = at;
  const fields = writingBindings(library)
    .filter(ofModels)
    .flatMap((binding) =>
      pathFieldsOf(binding.definition)
        .filter((field) => field.at(-1) !== 'target_path')
        .map((field) => ({ binding, field })),
    );
  const bad = Object.values(badModelPaths(folder, 'loras'));
  const path = fc.oneof(strangePath(folder), fc.constantFrom(...bad));
  const before = [await at.disk(), await at.versions()];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), path, async ({ binding, field }, sent) => {
      // Two slashes at most are in the place of one: then it is a model after all.
      const named = sent.replace(/[/\\:]+/g, '/');
      fc.pre(!Object.values(MODEL_OF).some((model) => named.endsWith(model)));
      const body = withValueAt(goodBodyOf(binding, folder), field, sent);
      const answer = await answerOf(at.send(binding.path, json(body)));
      const what = [binding.path, field, sent];
      expectRefusal(binding.definition.handler, answer, what);
      expectNoLeak(answer, at, sent);
      expect([what, await at.disk(), await at.versions()]).toEqual([what, ...before]);
    }),
    { numRuns: runs },
  );
});

const value = (at: WritingLibrary): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', [], {}, [[]], { __proto__: null, constructor: 1 }),
    fc.constantFrom<unknown>(...Object.values(MODEL_OF).map((model) => join(at.folder, model))),
    fc.constantFrom<unknown>(...Object.values(badTargetFolders(at.folder, 'loras')), ...BAD_NAMES),
    strangePath(at.folder),
  );

/** A body in which some fields are well meant and some are not. */
function bodies(at: WritingLibrary, binding: RouteBinding): fc.Arbitrary<unknown> {
  const names = [...Object.keys(inputOf(binding.definition)?.shape ?? {}), 'unknown', '__proto__', 'toString'];
  const odd = fc.array(
    fc.tuple(fc.constantFrom(...names), fc.oneof(value(at), fc.array(value(at), { maxLength: 3 }))),
    {
      maxLength: 3,
    },
  );
  const good: unknown = binding.definition.body === 'multipart' ? {} : goodBodyOf(binding, at.folder);
  return fc
    .tuple(fc.boolean(), odd)
    .map(([isGood, members]) => ({ ...(isGood ? Object(good) : {}), ...Object.fromEntries(members) }));
}

it(
  'W-W35: whatever JSON a writing route is sent, it answers well or with the envelope, and touches nothing outside the roots',
  { timeout },
  async () => {
    const at = await openWritingLibrary();
    const { library, folder } = at;
    const copy = await temporaryFolder();
    const links = ['loras/up', 'loras/escape.safetensors'].map((name) => join(folder, name));
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
    /** Puts the files of one type back, and lists them; as at the start, no scan sees the links. */
    const restore = async (prefix: Prefix): Promise<void> => {
      await rm(join(folder, prefix), { recursive: true });
      const filter = (path: string): boolean => !links.includes(path.replace(copy, folder));
      await cp(join(copy, prefix), join(folder, prefix), { recursive: true, filter });
      await library.model(prefix).scanModels();
      if (prefix !== 'loras') return;
      for (const link of links) await symlink(await readlink(link.replace(folder, copy)), link);
    };
    const routes = writingBindings(library).filter(
      (binding) => ofModels(binding) && inputOf(binding.definition) !== undefined,
    );
    const isOutside = (line: string): boolean => !PREFIXES.some((prefix) => line.startsWith(`${folder}/${prefix}/`));
    const original = await at.disk();
    const outside = original.filter(isOutside);
    const attempt = fc
      .constantFrom(...routes)
      .chain((binding) => bodies(at, binding).map((body) => ({ binding, body })));
    let done = 0;
    let before = original;
    await fc.assert(
      fc.asyncProperty(attempt, async ({ binding, body }) => {
        const answer = await answerOf(at.send(binding.path, json(body)));
        const what = [binding.path, JSON.stringify(body)];
        const after = await at.disk();
        expectNoLeak(answer, at, JSON.stringify(body));
        expect([what, after.filter(isOutside)]).toEqual([what, outside]);
        if (answer.status === 200) expect([what, JSON.parse(answer.text)]).toMatchObject([what, { success: true }]);
        else {
          expectRefusal(binding.definition.handler, answer, what);
          expect([what, after]).toEqual([what, before]);
        }
        before = after;
        if (after.join() === original.join()) return;
        done++;
        // The next one shall find a model again.
        await restore(prefixOf(binding));
        before = await at.disk();
      }),
      { numRuns: runs },
    );
    expect(done).toBeGreaterThan(runs / 50);
  },
);
