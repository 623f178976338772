import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ModelManagementHandler } from '../../src/handlers/model-management-handler.js';
import { TrashHandler } from '../../src/handlers/trash-handler.js';
import { validateCall } from '../../src/http/validate.js';
import type { Call } from '../../src/ports/call.js';
import { DEDUPE_ROUTE_DEFINITIONS } from '../../src/routes/dedupe-route-definitions.js';
import { LIFECYCLE_ROUTE_DEFINITIONS } from '../../src/routes/lifecycle-route-definitions.js';
import type { RouteDefinition } from '../../src/routes/route-definition.js';
import { TRASH_ROUTE_DEFINITIONS } from '../../src/routes/trash-route-definitions.js';
import { sidecar } from '../disk/temp-library.js';
import { sha256Of, shelfFolder, weights } from '../services/lifecycle/writable-shelf.js';

const call: Call = {
  signal: new AbortController().signal,
  basePath: '/ai',
  path: '/',
  principal: undefined,
  lastEventId: undefined,
  parts: () => {
    throw new Error('no parts');
  },
};

const definitions: readonly RouteDefinition[] = [
  ...LIFECYCLE_ROUTE_DEFINITIONS,
  ...DEDUPE_ROUTE_DEFINITIONS,
  ...TRASH_ROUTE_DEFINITIONS,
];

type Body = Record<string, unknown>;

/** A library of two equal models, one with a sidecar and a preview, asked as clients ask. */
async function asked() {
  const shelf = shelfFolder();
  const ink = shelf.put('loras/ink.safetensors', weights('same'));
  const pen = shelf.put('loras/sub/pen.safetensors', weights('same'));
  shelf.put('loras/ink.metadata.json', sidecar({ tags: ['x'], modified: 0 }));
  shelf.put('loras/ink.webp', 'picture');
  const library = await shelf.open();
  await library.digestAll();
  const handlers: Record<string, unknown> = {
    ...new ModelManagementHandler(library),
    ...new TrashHandler(() => library.trash),
  };
  /** The answer of a route to a body, checked against what the registry says of it. */
  const ask = async (handler: string, input: unknown): Promise<Body> => {
    const definition = definitions.find((each) => each.handler === handler);
    if (definition === undefined) throw new Error(`no route ${handler}`);
    const handle = handlers[handler] as (input: unknown, call: Call) => Promise<{ body: Body }>;
    const { body } = await handle(validateCall(definition, input), call);
    expect((definition.reply as z.ZodObject).strict().parse(body)).toEqual(body);
    return body;
  };
  return { shelf, library, ink, pen, ask };
}

describe('routes that delete, rename and restore', () => {
  it('every route is one of the list, with the effect that it has', () => {
    expect(
      definitions.map(({ handler, methods, path, scope, effect }) => [handler, methods.join(), path, scope, effect]),
    ).toEqual([
      ['deleteModel', 'POST', '/api/lm/{prefix}/delete', 'model', 'write'],
      ['bulkDeleteModels', 'POST', '/api/lm/{prefix}/bulk-delete', 'model', 'write'],
      ['renameModel', 'POST', '/api/lm/{prefix}/rename', 'model', 'write'],
      ['verifyDuplicates', 'POST', '/api/lm/{prefix}/verify-duplicates', 'model', 'write'],
      ['planDedupe', 'POST', '/api/lm/{prefix}/plan-dedupe', 'model', 'read'],
      ['applyDedupe', 'POST', '/api/lm/{prefix}/dedupe', 'model', 'write'],
      ['undoDelete', 'POST', '/api/lm/undo-delete', 'library', 'write'],
      ['listTrash', 'GET', '/api/lm/trash', 'library', 'read'],
      ['restoreTrash', 'POST', '/api/lm/trash/restore', 'library', 'write'],
      ['purgeTrash', 'POST', '/api/lm/trash/purge', 'library', 'write'],
    ]);
  });

  it('delete answers no files and a batch, undo what is back', async () => {
    const { ink, ask, shelf } = await asked();
    const deleted = await ask('deleteModel', { file_path: ink });
    expect(deleted).toEqual({ success: true, deleted_files: [], batch_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(existsSync(ink)).toBe(false);
    const undone = await ask('undoDelete', { batch_id: deleted['batch_id'] });
    expect(undone).toEqual({ success: true, restored: expect.any(Array), kind: 'model' });
    expect([...(undone['restored'] as string[])].sort()).toEqual(
      ['ink.metadata.json', 'ink.safetensors', 'ink.webp'].map((name) => shelf.at(`loras/${name}`)),
    );
    await expect(ask('undoDelete', { batch_id: deleted['batch_id'] })).rejects.toMatchObject({
      code: 'not_found',
      message: `Unknown batch id: ${String(deleted['batch_id'])}`,
    });
  });

  it('bulk delete answers one item a model and one batch id, none when nothing is in the trash', async () => {
    const { ink, pen, ask, shelf } = await asked();
    const none = shelf.at('loras/none.safetensors');
    expect(await ask('bulkDeleteModels', { file_paths: [ink, none, pen] })).toEqual({
      success: true,
      status: 'success',
      total_deleted: 2,
      total_attempted: 3,
      cache_updated: true,
      results: [
        { file_path: ink, success: true, deleted_files: [ink] },
        { file_path: none, success: false, error: expect.any(String) },
        { file_path: pen, success: true, deleted_files: [pen] },
      ],
      batch_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const nothing = await ask('bulkDeleteModels', { file_paths: [none] });
    expect(nothing).toMatchObject({ total_deleted: 0, total_attempted: 1, cache_updated: false });
    expect(nothing).not.toHaveProperty('batch_id');
  });

  it('rename answers the new paths, and the preview as a URL', async () => {
    const { ink, pen, ask, shelf } = await asked();
    expect(await ask('renameModel', { file_path: ink, new_file_name: 'brush' })).toEqual({
      success: true,
      new_file_path: shelf.at('loras/brush.safetensors'),
      new_preview_path: `/ai/api/lm/previews?path=${encodeURIComponent(shelf.at('loras/brush.webp'))}`,
      renamed_files: ['brush.safetensors', 'brush.metadata.json', 'brush.webp'].map((name) =>
        shelf.at(`loras/${name}`),
      ),
      reload_required: false,
    });
    expect(await ask('renameModel', { file_path: pen, new_file_name: 'quill' })).toMatchObject({
      new_preview_path: '',
    });
  });

  it('verify-duplicates answers what differs', async () => {
    const { ink, pen, ask } = await asked();
    expect(await ask('verifyDuplicates', { file_paths: [pen, ink] })).toEqual({
      success: true,
      verified_as_duplicates: true,
      mismatched_files: [],
      new_hash_map: {},
    });
  });

  it('P-9: a plan can be sent back to be applied, and a rule as well', async () => {
    const { ink, pen, ask, library } = await asked();
    const plan = await ask('planDedupe', { rule: 'with_metadata' });
    expect(plan).toEqual({
      success: true,
      groups: [{ hash: sha256Of(ink), keep: ink, remove: [pen], bytes_freed: weights('same').length }],
      skipped: [],
      total_groups: 1,
      total_removals: 1,
      bytes_freed: weights('same').length,
    });
    const dry = await ask('applyDedupe', { groups: plan['groups'], action: 'trash', dry_run: true });
    expect(dry).toMatchObject({ dry_run: true, total_removed: 1, batch_id: null });
    expect(library.paths()).toHaveLength(2);
    expect(await ask('applyDedupe', { rule: 'with_metadata', action: 'trash' })).toEqual({
      success: true,
      status: 'success',
      action: 'trash',
      dry_run: false,
      results: [{ file_path: pen, keep: ink, success: true }],
      total_removed: 1,
      bytes_freed: weights('same').length,
      batch_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(library.paths()).toEqual(['loras/ink.safetensors']);
  });

  it('the trash is listed, brought back in part, and purged', async () => {
    const { ink, pen, ask, library } = await asked();
    const { batch_id } = await ask('bulkDeleteModels', { file_paths: [ink, pen] });
    const listed = await ask('listTrash', { page_size: '1' });
    expect(listed).toMatchObject({
      total: 1,
      page: 1,
      page_size: 1,
      total_pages: 1,
      batches: [{ batch_id, file_count: 4 }],
    });
    expect(await ask('restoreTrash', { batch_id, file_paths: [ink] })).toEqual({
      success: true,
      restored: [ink],
      kind: 'model',
      remaining: 3,
    });
    expect(library.paths()).toEqual(['loras/ink.safetensors']);
    expect(await ask('listTrash', { batch_id })).toMatchObject({ batches: [{ file_count: 3 }] });
    expect(await ask('purgeTrash', { all: true, confirm: true })).toMatchObject({
      purged: [batch_id],
      files_removed: 3,
    });
    expect(await ask('listTrash', {})).toMatchObject({ batches: [], total: 0, total_pages: 0, bytes: 0 });
  });

  it('invariant 8: a body validation failure changes neither disk nor cache', async () => {
    const { ink, pen, ask, shelf, library } = await asked();
    const { batch_id } = await ask('deleteModel', { file_path: pen });
    const before = [shelf.snapshot(), library.state()];
    const refused: [string, unknown][] = [
      ['deleteModel', {}],
      ['deleteModel', []],
      ['deleteModel', { file_path: 7 }],
      ['deleteModel', { file_path: '' }],
      ['deleteModel', { file_path: `${ink}\0` }],
      ['bulkDeleteModels', {}],
      ['bulkDeleteModels', { file_paths: [] }],
      ['bulkDeleteModels', { file_paths: ink }],
      ['bulkDeleteModels', { file_paths: [ink, 7] }],
      ['renameModel', { file_path: ink }],
      ['renameModel', { file_path: ink, new_file_name: 7 }],
      ['renameModel', { file_path: ink, new_file_name: 'a/b' }],
      ['verifyDuplicates', { file_paths: [] }],
      ['planDedupe', {}],
      ['planDedupe', { rule: 'biggest' }],
      ['planDedupe', { rule: 'preferred_folder' }],
      ['planDedupe', { rule: 'oldest', hashes: ['abc'] }],
      ['applyDedupe', { rule: 'oldest' }],
      ['applyDedupe', { action: 'trash' }],
      ['applyDedupe', { rule: 'oldest', groups: [{ keep: ink, remove: [pen] }], action: 'trash' }],
      ['applyDedupe', { groups: [{ keep: ink, remove: [] }], action: 'trash' }],
      ['applyDedupe', { groups: [{ keep: ink, remove: [ink] }], action: 'trash' }],
      ['applyDedupe', { rule: 'oldest', action: 'delete' }],
      ['applyDedupe', { rule: 'oldest', action: 'trash', dry_run: 'yes' }],
      ['undoDelete', {}],
      ['undoDelete', { batch_id: 7 }],
      ['undoDelete', { batch_id: '../../etc' }],
      ['undoDelete', { batch_id: String(batch_id).toUpperCase().replace(/[0-9]/g, 'A') }],
      ['restoreTrash', { batch_id, file_paths: [] }],
      ['purgeTrash', {}],
      ['purgeTrash', { all: true }],
      ['purgeTrash', { all: true, confirm: false }],
      ['purgeTrash', { all: false, confirm: true }],
      ['purgeTrash', { all: true, confirm: true, older_than_days: 1 }],
      ['purgeTrash', { older_than_days: -1 }],
      ['purgeTrash', { batch_ids: [] }],
      ['purgeTrash', { batch_ids: ['x'] }],
    ];
    for (const [handler, input] of refused) {
      await expect(ask(handler, input), JSON.stringify([handler, input])).rejects.toMatchObject({
        code: 'validation_failed',
      });
    }
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });
});
