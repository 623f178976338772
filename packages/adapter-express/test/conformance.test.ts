import { adapterConformance } from '@modelshelf/core/testing';
import { version } from 'express/package.json';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startExpress } from './express-host.js';

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `express ${version}, bare`, start: startExpress, mount: '', hostParsers: false },
  { name: `express ${version}, behind parsers`, start: startExpress, mount: '', hostParsers: true },
  { name: `express ${version}, mounted`, start: startExpress, mount: '/studio', hostParsers: false },
  { name: `express ${version}, mounted behind parsers`, start: startExpress, mount: '/studio', hostParsers: true },
]);
