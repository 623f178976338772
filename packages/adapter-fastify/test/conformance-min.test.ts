import { adapterConformance } from '@modelshelf/core/testing';
import { fastify } from 'fastify';
import { fastify as fastifyMin } from 'fastify-min';
import { version } from 'fastify-min/package.json';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startFastify } from './fastify-host.js';

vi.mock('fastify', async () => ({ ...(await import('fastify-min')) }));

test('the host runs on the lowest supported version', () => {
  expect(fastify).toBe(fastifyMin);
});

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `fastify ${version}, bare`, start: startFastify, mount: '', hostParsers: false },
  { name: `fastify ${version}, with parsers`, start: startFastify, mount: '', hostParsers: true },
  { name: `fastify ${version}, under a prefix`, start: startFastify, mount: '/studio', hostParsers: false },
]);
