import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelAutoOrganizeHandler } from '../../src/handlers/model-auto-organize-handler.js';
import { ModelMoveHandler } from '../../src/handlers/model-move-handler.js';
import { toProblem } from '../../src/http/problem.js';
import { validateInput } from '../../src/http/validate.js';
import type { Call } from '../../src/ports/call.js';
import { inProcessCoordination } from '../../src/ports/coordination.js';
import { silentLogger } from '../../src/ports/logger.js';
import { MOVE_ROUTE_DEFINITIONS } from '../../src/routes/move-route-definitions.js';
import { ORGANIZE_ROUTE_DEFINITIONS } from '../../src/routes/organize-route-definitions.js';
import type { HandlersOf } from '../../src/routes/route-io.js';
import type { RouteDefinition } from '../../src/routes/route-definition.js';
import { AutoOrganizeProgress } from '../../src/use-cases/auto-organize-progress.js';
import { AutoOrganizeUseCase } from '../../src/use-cases/auto-organize-use-case.js';
import { put, safetensors, sidecar, tempFolder } from '../disk/temp-library.js';
import { filesOf, organisedShelf, treeOf } from '../services/organise/organised-shelf.js';

const DEFINITIONS = [...MOVE_ROUTE_DEFINITIONS, ...ORGANIZE_ROUTE_DEFINITIONS];
type Handlers = HandlersOf<typeof MOVE_ROUTE_DEFINITIONS> & HandlersOf<typeof ORGANIZE_ROUTE_DEFINITIONS>;
type Name = keyof Handlers;

const call: Call = {
  signal: new AbortController().signal,
  basePath: '',
  path: '/',
  principal: undefined,
  lastEventId: undefined,
  parts: async function* () {
    // No route here has parts.
  },
};

/** The handlers behind their schemas, as a request meets them: status and body. */
async function start(names: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  for (const [name, base] of Object.entries(names)) {
    const path = put(folder, `${name}.safetensors`, safetensors({ name }));
    put(folder, `${name}.metadata.json`, sidecar({ file_path: path, model_name: name, base_model: base }));
  }
  const shelf = await organisedShelf(folder);
  const useCase = new AutoOrganizeUseCase({
    fileService: shelf.fileService,
    coordination: inProcessCoordination(),
    progress: new AutoOrganizeProgress(() => undefined, silentLogger),
    signal: call.signal,
  });
  const handlers: Handlers = { ...new ModelMoveHandler(shelf.moveService), ...new ModelAutoOrganizeHandler(useCase) };
  const ask = async (name: Name, body?: unknown, search = ''): Promise<{ status: number; body: unknown }> => {
    const definition: RouteDefinition | undefined = DEFINITIONS.find(({ handler }) => handler === name);
    if (definition === undefined) throw new Error(`no route ${name}`);
    try {
      const input = validateInput(definition, {}, search, body);
      const handler = handlers[name] as (input: unknown, call: Call) => ReturnType<Handlers[Name]>;
      const reply = await handler(input, call);
      if (reply.kind !== 'json') throw new Error('no JSON');
      if (typeof definition.reply !== 'object') throw new Error('no schema');
      expect(definition.reply.parse(reply.body)).toEqual(reply.body);
      return { status: 200, body: reply.body };
    } catch (error) {
      const { status, message, code } = toProblem(error);
      return { status, body: { success: false, error: message, code } };
    }
  };
  return { folder, shelf, useCase, ask };
}

describe('the routes of moving', () => {
  it('answer where a model went, with its entry', async () => {
    const { folder, shelf, ask } = await start({ 'x/a': 'Pony' });
    const from = join(folder, 'x/a.safetensors');
    const to = join(folder, 'y/a.safetensors');
    const answer = await ask('moveModel', { file_path: from, target_path: join(folder, 'y') });
    expect(answer).toEqual({
      status: 200,
      body: {
        success: true,
        original_file_path: from,
        new_file_path: to,
        cache_entry: structuredClone(shelf.listed.recordOf(to)?.entry),
      },
    });
    expect(await ask('moveModel', { file_path: to, target_path: join(folder, 'y') })).toEqual({
      status: 200,
      body: {
        success: true,
        message: 'Source and target directories are the same',
        original_file_path: to,
        new_file_path: to,
      },
    });
    const below = await ask('moveModel', { file_path: to, target_path: folder, use_default_paths: true });
    expect(below.body).toMatchObject({ new_file_path: join(folder, 'Pony/no tags/a.safetensors') });
  });

  it('answer failures with their status, and many models with a row each', async () => {
    const { folder, ask } = await start({ 'x/a': 'Pony', 't/b': 'Pony' });
    const [a, b] = [join(folder, 'x/a.safetensors'), join(folder, 't/b.safetensors')];
    const target_path = join(folder, 't');
    const tree = treeOf(folder);
    const statusOf = async (body: unknown): Promise<number> => (await ask('moveModel', body)).status;
    expect(await statusOf({ file_path: a, target_path: '/tmp' })).toBe(403);
    expect(await statusOf({ file_path: '/etc/passwd', target_path })).toBe(403);
    expect(await statusOf({ file_path: `${a}x`, target_path })).toBe(404);
    expect(await statusOf({ file_path: a })).toBe(400);
    expect(await statusOf({ file_path: '', target_path })).toBe(400);
    expect(await statusOf({ file_path: a, target_path, use_default_paths: 'yes' })).toBe(400);
    expect(await statusOf([])).toBe(400);
    for (const body of [{ target_path }, { file_paths: [], target_path }, { file_paths: a, target_path }]) {
      expect((await ask('moveModelsBulk', body)).status).toBe(400);
    }
    expect(treeOf(folder)).toEqual(tree);

    const { status, body } = await ask('moveModelsBulk', { file_paths: [a, b, `${a}x`], target_path });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      message: 'Moved 2 of 3 models',
      results: [
        { original_file_path: a, success: true, cache_entry: { folder: 't' } },
        { new_file_path: b, message: 'Source and target directories are the same', success: true, cache_entry: null },
        { original_file_path: `${a}x`, new_file_path: null, success: false, cache_entry: null },
      ],
      success_count: 2,
      failure_count: 1,
    });
  });
});

describe('the routes of auto-organize', () => {
  it('answer what a run did', async () => {
    const { folder, ask } = await start({ a: 'Pony', 'Pony/no tags/b': 'Pony', 'x/a': 'Pony' });
    expect(await ask('autoOrganizeModels')).toEqual({
      status: 200,
      body: {
        success: true,
        status: 'success',
        message: 'Auto-organize all completed: 1 moved, 1 skipped, 1 failed out of 3 total',
        summary: {
          total: 3,
          success: 1,
          skipped: 1,
          failures: 1,
          organization_type: 'structured',
          cleaned_dirs: { [folder]: 0 },
          operation_type: 'all',
        },
        results: [
          {
            model: expect.any(String) as string,
            success: false,
            message: expect.stringMatching(/^Target file already/) as string,
          },
        ],
      },
    });
  });

  it('shorten more than a hundred rows to the first fifty', async () => {
    const names = Array.from({ length: 101 }, (_, index) => [`m${String(index)}`, 'Pony'] as const);
    const { folder, shelf, ask } = await start(Object.fromEntries(names));
    for (const [name] of names) put(folder, `Pony/no tags/${name}.txt`, 'in the way');
    const { body } = await ask('autoOrganizeModels');
    expect(body).toMatchObject({ results_truncated: true, summary: { failures: 101 } });
    expect(body).not.toHaveProperty('results');
    expect((body as { sample_results: unknown[] }).sample_results).toHaveLength(50);
    expect(shelf.rows()).toHaveLength(101);
  });

  it('W-W23: an empty list is nothing, what is malformed is refused, and only an absent list is everything', async () => {
    const { folder, ask } = await start({ a: 'Pony', b: 'Pony' });
    const tree = treeOf(folder);
    for (const body of [[], 'text', 7, { file_paths: 7 }, { file_paths: [7] }, { file_paths: { 0: 'a' } }]) {
      expect((await ask('autoOrganizeModels', body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await ask('autoOrganizeModels', { exclusion_patterns: 7 })).status).toBe(400);
    expect((await ask('autoOrganizeModels', { dry_run: 7 })).status).toBe(400);
    const empty = await ask('autoOrganizeModels', { file_paths: [] });
    expect(empty.body).toMatchObject({ summary: { total: 0, operation_type: 'bulk', cleaned_dirs: {} }, results: [] });
    expect((await ask('autoOrganizeModels', undefined, 'file_paths=')).body).toMatchObject({ summary: { total: 0 } });
    expect(treeOf(folder)).toEqual(tree);
    const a = encodeURIComponent(join(folder, 'a.safetensors'));
    const named = await ask('autoOrganizeModels', undefined, `file_paths=${a}`);
    expect(named.body).toMatchObject({ summary: { total: 1, success: 1 } });
    expect((await ask('autoOrganizeModels', { file_paths: null })).body).toMatchObject({ summary: { total: 2 } });
    expect(filesOf(join(folder, 'Pony'))).toHaveLength(4);
  });

  it('take exclusions as text and as a list, and show a plan without following it', async () => {
    const { folder, ask } = await start({ a: 'Pony', b: 'Pony', c: 'Pony' });
    const tree = treeOf(folder);
    const from = join(folder, 'c.safetensors');
    const plan = { status: 200, body: { success: true, dry_run: true, conflicts: [] } };
    for (const exclusion_patterns of ['a.*; b.*', ['a.*', 'b.*']]) {
      expect(await ask('autoOrganizeModels', { exclusion_patterns, dry_run: true })).toMatchObject({
        ...plan,
        body: { ...plan.body, moves: [{ from, to: join(folder, 'Pony/no tags/c.safetensors') }] },
      });
    }
    expect((await ask('autoOrganizeModels', undefined, 'dry_run=true')).body).toMatchObject({ dry_run: true });
    expect(treeOf(folder)).toEqual(tree);
    expect((await ask('getAutoOrganizeProgress')).status).toBe(404);
  });

  it('take every text but a no as a wish for a dry run: a run that nobody wanted cannot be taken back unseen', async () => {
    const { folder, ask } = await start({ a: 'Pony' });
    const tree = treeOf(folder);
    for (const wish of ['1', 'yes', 'on', 'True']) {
      expect((await ask('autoOrganizeModels', undefined, `dry_run=${wish}`)).body).toMatchObject({ dry_run: true });
      expect((await ask('autoOrganizeModels', { dry_run: wish })).body).toMatchObject({ dry_run: true });
    }
    expect(treeOf(folder)).toEqual(tree);
    for (const no of ['false', '0', '']) {
      const { body } = await ask('autoOrganizeModels', { file_paths: [], dry_run: no });
      expect(body).toMatchObject({ summary: { total: 0 } });
    }
  });

  it('take as many exclusions in one text as the settings take', async () => {
    const { folder, ask } = await start({ a: 'Pony' });
    const tree = treeOf(folder);
    const exclusion_patterns = `${'some/long/pattern/*\n'.repeat(1000)}a.*`;
    const { status, body } = await ask('autoOrganizeModels', { exclusion_patterns });
    expect([status, body]).toMatchObject([200, { summary: { total: 0 } }]);
    expect(treeOf(folder)).toEqual(tree);
  });

  it('After a finished run, polling still returns the final snapshot until it is explicitly cleared; after a clear it is 404', async () => {
    const { ask } = await start({ a: 'Pony' });
    const none = { success: false, error: 'No auto-organize operation in progress', code: 'not_found' };
    expect(await ask('getAutoOrganizeProgress')).toEqual({ status: 404, body: none });
    await ask('autoOrganizeModels');
    for (let time = 0; time < 2; time += 1) {
      expect(await ask('getAutoOrganizeProgress')).toMatchObject({
        status: 200,
        body: { success: true, progress: { type: 'auto_organize_progress', status: 'completed', success: 1 } },
      });
    }
    expect(await ask('clearAutoOrganizeProgress')).toEqual({ status: 200, body: { success: true } });
    expect(await ask('getAutoOrganizeProgress')).toEqual({ status: 404, body: none });
  });

  it('The 409 body is a descriptive error with success: false', async () => {
    const { ask } = await start({ a: 'Pony' });
    const [first, second] = await Promise.all([ask('autoOrganizeModels'), ask('autoOrganizeModels')]);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({
      status: 409,
      body: { success: false, error: 'Auto-organize is already running. Please wait for it to complete.' },
    });
  });

  it('undo the last run', async () => {
    const { folder, ask } = await start({ 'x/a': 'Pony' });
    const tree = treeOf(folder);
    await ask('autoOrganizeModels');
    expect(await ask('undoAutoOrganize')).toEqual({
      status: 200,
      body: {
        success: true,
        message: 'Moved 1 of 1 models back',
        restored: [join(folder, 'x/a.safetensors')],
        refused: [],
      },
    });
    expect(treeOf(folder)).toEqual(tree);
    expect((await ask('undoAutoOrganize')).status).toBe(404);
  });

  it('share one schema and one handler for both methods, and are guarded as writing', () => {
    const [organize, progress] = ORGANIZE_ROUTE_DEFINITIONS;
    expect([...organize.methods]).toEqual(['GET', 'POST']);
    expect([organize.effect, progress.effect]).toEqual(['write', 'read']);
  });
});
