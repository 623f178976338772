import { afterAll, beforeAll, describe, test } from 'vitest';
import { adapterConformance } from '../src/testing/index.js';
import { startHono } from './fetch-host.js';

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: 'fetch under hono, bare', start: startHono, mount: '', hostParsers: false },
  { name: 'fetch under hono, mounted', start: startHono, mount: '/studio', hostParsers: false },
]);
