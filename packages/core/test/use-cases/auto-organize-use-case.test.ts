import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isModelshelfError } from '../../src/errors.js';
import { inProcessCoordination } from '../../src/ports/coordination.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { OrganizeSteps } from '../../src/services/organise/model-file-service.js';
import { organizeProgressSchema, type OrganizeProgress } from '../../src/shapes/organize-progress.js';
import { AutoOrganizeInProgressError } from '../../src/use-cases/auto-organize-in-progress-error.js';
import { AutoOrganizeProgress } from '../../src/use-cases/auto-organize-progress.js';
import { AutoOrganizeUseCase } from '../../src/use-cases/auto-organize-use-case.js';
import { put, safetensors, tempFolder } from '../disk/temp-library.js';
import { filesOf, organisedShelf } from '../services/organise/organised-shelf.js';

type FileService = ConstructorParameters<typeof AutoOrganizeUseCase>[0]['fileService'];

const MESSAGE = 'Auto-organize is already running. Please wait for it to complete.';

/** A use case over real files, with what all types share. */
async function start(names: readonly string[] = ['a'], shared = sharedParts()) {
  const folder = tempFolder();
  for (const name of names) put(folder, `${name}.safetensors`, safetensors({ name }));
  const shelf = await organisedShelf(folder);
  const fileService: FileService = {
    autoOrganize: vi.fn((request, during) => shelf.fileService.autoOrganize(request, during)),
    plan: (request) => shelf.fileService.plan(request),
    undoLastRun: vi.fn((signal) => shelf.fileService.undoLastRun(signal)),
    operationOf: (request) => shelf.fileService.operationOf(request),
  };
  const { coordination, progress, closing } = shared;
  const useCase = new AutoOrganizeUseCase({ fileService, coordination, progress, signal: closing.signal });
  return { folder, shelf, fileService, useCase, ...shared };
}

function sharedParts() {
  const told: OrganizeProgress[] = [];
  const reported: unknown[] = [];
  const error = (_message: string, context?: Readonly<Record<string, unknown>>): void =>
    void reported.push(context?.['error']);
  const progress = new AutoOrganizeProgress((each) => told.push(each), { ...silentLogger, error });
  return { told, reported, progress, coordination: inProcessCoordination(), closing: new AbortController() };
}

const statusesOf = (snapshots: readonly OrganizeProgress[]) => snapshots.map(({ status }) => status);

describe('AutoOrganizeUseCase', () => {
  it('Two concurrent auto-organize starts: exactly one runs; the other gets 409 and the file service is not called', async () => {
    const shared = sharedParts();
    const [loras, others] = [await start(['a'], shared), await start(['b'], shared)];
    const first = loras.useCase.execute();
    await expect(loras.useCase.execute()).rejects.toThrow(MESSAGE);
    // Another model type is refused as well: there is one run over all of them.
    const refused: unknown = await others.useCase.execute([]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AutoOrganizeInProgressError);
    expect(isModelshelfError(refused)).toBe(true);
    expect(refused).toMatchObject({ code: 'auto_organize_in_progress', message: MESSAGE });
    await expect(others.useCase.undo()).rejects.toThrow(MESSAGE);
    expect((await first).counters.success).toBe(1);
    expect(loras.fileService.autoOrganize).toHaveBeenCalledTimes(1);
    expect(others.fileService.autoOrganize).not.toHaveBeenCalled();
    expect(others.fileService.undoLastRun).not.toHaveBeenCalled();
    expect(statusesOf(shared.told)).toEqual(['started', 'processing', 'cleaning', 'completed']);
    expect((await others.useCase.execute()).counters.success).toBe(1);
  });

  it('AutoOrganizeUseCase raises its in-progress error before it calls the file service', async () => {
    const { useCase, fileService, coordination } = await start();
    const lease = coordination.tryAcquire('auto_organize');
    await expect(useCase.execute()).rejects.toBeInstanceOf(AutoOrganizeInProgressError);
    expect(fileService.autoOrganize).not.toHaveBeenCalled();
    lease?.release();
    lease?.release();
    await useCase.execute();
    expect(fileService.autoOrganize).toHaveBeenCalledTimes(1);
  });

  it('a lease that was given back twice is not taken from the next holder', () => {
    const coordination = inProcessCoordination();
    const first = coordination.tryAcquire('x');
    first?.release();
    const second = coordination.tryAcquire('x');
    first?.release();
    expect(second).toBeDefined();
    expect(coordination.tryAcquire('x')).toBeUndefined();
    expect(coordination.tryAcquire('y')).toBeDefined();
  });

  it('The auto-organize snapshot stays readable by polling until it is explicitly cleared; before the first run and after clearing, polling answers 404', async () => {
    const { useCase, told } = await start();
    expect(useCase.lastProgress).toBeUndefined();
    await useCase.execute();
    expect(useCase.lastProgress).toMatchObject({ status: 'completed', success: 1 });
    expect(useCase.lastProgress).toBe(told.at(-1));
    expect(useCase.lastProgress).toBe(told.at(-1));
    useCase.clearProgress();
    expect(useCase.lastProgress).toBeUndefined();
  });

  it('Snapshots that reach the progress emitter and the polling endpoint are equal by value', async () => {
    const folder = tempFolder();
    for (let index = 0; index < 60; index += 1) put(folder, `${String(index)}.safetensors`);
    const shelf = await organisedShelf(folder);
    const emitted: OrganizeProgress[] = [];
    const progress = new AutoOrganizeProgress((each) => emitted.push(structuredClone(each)), silentLogger);
    const polled: (OrganizeProgress | undefined)[] = [];
    const { signal } = new AbortController();
    const useCase = new AutoOrganizeUseCase({
      fileService: shelf.fileService,
      coordination: inProcessCoordination(),
      progress,
      signal,
    });
    await useCase.execute(undefined, () => polled.push(useCase.lastProgress));
    expect(statusesOf(emitted)).toEqual(['started', 'processing', 'processing', 'cleaning', 'completed']);
    expect(polled).toEqual(emitted);
    for (const each of emitted) expect(organizeProgressSchema.parse(each)).toEqual(each);
  });

  it('W-W21: the lease is given back and a terminal snapshot told however the run ends', async () => {
    const { useCase, fileService, told } = await start();
    const counters = { total: 1, processed: 0, success: 0, failures: 0, skipped: 0, operation_type: 'all' } as const;
    const started = { type: 'auto_organize_progress', status: 'processing', ...counters } as const;
    vi.mocked(fileService.autoOrganize).mockImplementationOnce(async (_request, { onProgress }: OrganizeSteps) => {
      onProgress(started);
      throw new TypeError('a secret path');
    });
    await expect(useCase.execute()).rejects.toThrow('a secret path');
    expect(told.at(-1)).toEqual({
      type: 'auto_organize_progress',
      status: 'error',
      error: 'Internal server error',
      operation_type: 'all',
    });
    // The last snapshot of a run that never ends says nothing about whether one goes on.
    told.length = 0;
    vi.mocked(fileService.autoOrganize).mockImplementationOnce(() => {
      throw new RangeError('at once');
    });
    await expect(useCase.execute([])).rejects.toThrow('at once');
    expect(told).toMatchObject([{ status: 'error', operation_type: 'bulk' }]);
    expect((await useCase.execute()).status).toBe('success');
    expect(useCase.lastProgress?.status).toBe('completed');
  });

  it('W-W21: a run over no roots tells its error as the last snapshot', async () => {
    const shelf = await organisedShelf(tempFolder(), { roots: [] });
    const { coordination, progress, closing, told } = sharedParts();
    const parts = { fileService: shelf.fileService, coordination, progress, signal: closing.signal };
    await expect(new AutoOrganizeUseCase(parts).execute()).rejects.toThrow('No model roots configured');
    expect(told).toMatchObject([{ status: 'error', error: 'No model roots configured', operation_type: 'all' }]);
  });

  it('W-W22: listeners that fail are reported and never reach the run', async () => {
    const shared = sharedParts();
    const { folder, useCase } = await start(['a', 'b'], {
      ...shared,
      progress: new AutoOrganizeProgress(
        () => {
          throw new Error('a socket is gone');
        },
        { ...silentLogger, error: (_message, context) => void shared.reported.push(context?.['error']) },
      ),
    });
    const result = await useCase.execute(undefined, async ({ status }) => {
      throw new Error(status);
    });
    expect(result.counters.success).toBe(2);
    expect(filesOf(folder)).toEqual(['Unknown/no tags/a.safetensors', 'Unknown/no tags/b.safetensors']);
    expect(shared.reported).toHaveLength(8);
    expect((await useCase.execute()).status).toBe('success');
  });

  it('cancels its own run and no later one, and every run when the library closes', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `m${String(index)}`);
    const { useCase, closing, told } = await start(names);
    expect(useCase.cancel()).toBe(false);
    const cancelled = await useCase.execute(undefined, ({ status }) => {
      if (status === 'processing') expect(useCase.cancel()).toBe(true);
    });
    expect(cancelled).toMatchObject({ status: 'cancelled', counters: { processed: 50 } });
    expect(told.at(-1)?.status).toBe('cancelled');
    expect(useCase.cancel()).toBe(false);
    expect(await useCase.execute()).toMatchObject({ status: 'success', counters: { success: 10 } });
    closing.abort();
    expect(await useCase.execute()).toMatchObject({ status: 'cancelled', counters: { processed: 0 } });
  });

  it('undoes the last run; a dry run needs no lease and tells nothing', async () => {
    const { folder, useCase, told, coordination } = await start(['x/a']);
    await useCase.execute();
    const lease = coordination.tryAcquire('auto_organize');
    told.length = 0;
    expect((await useCase.plan({})).moves).toEqual([]);
    expect(told).toEqual([]);
    lease?.release();
    expect(await useCase.undo()).toEqual({ restored: [join(folder, 'x/a.safetensors')], refused: [] });
    await expect(useCase.undo()).rejects.toThrow('There is no auto-organize run to undo');
  });
});
