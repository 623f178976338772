import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ModelLibrary } from '@modelshelf/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { onStopSignal, shutDown } from '../src/shut-down.js';

afterEach(() => vi.restoreAllMocks());

describe('shutting down', () => {
  it('closes the server although the library cannot close, and says so', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const failure = new Error('the disk is full');
    const library: Pick<ModelLibrary, 'close'> = { close: () => Promise.reject(failure) };
    await expect(shutDown(server, library)).rejects.toBe(failure);
    expect(server.listening).toBe(false);
  });

  it('hands a failure on, so that none is left unhandled', async () => {
    const handlers = new Map<unknown, () => void>();
    vi.spyOn(process, 'on').mockImplementation((signal: unknown, handler: () => void) => {
      handlers.set(signal, handler);
      return process;
    });
    const failures: unknown[] = [];
    const failure = new Error('the disk is full');
    onStopSignal(
      () => Promise.reject(failure),
      (error) => failures.push(error),
    );
    handlers.get('SIGTERM')?.();
    await vi.waitFor(() => expect(failures).toEqual([failure]));
  });
});
