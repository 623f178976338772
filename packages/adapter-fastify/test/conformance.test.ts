import { adapterConformance } from '@modelshelf/core/testing';
import { version } from 'fastify/package.json';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startFastify } from './fastify-host.js';

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `fastify ${version}, bare`, start: startFastify, mount: '', hostParsers: false },
  { name: `fastify ${version}, with parsers`, start: startFastify, mount: '', hostParsers: true },
  { name: `fastify ${version}, under a prefix`, start: startFastify, mount: '/studio', hostParsers: false },
  { name: `fastify ${version}, prefix and parsers`, start: startFastify, mount: '/studio', hostParsers: true },
]);
