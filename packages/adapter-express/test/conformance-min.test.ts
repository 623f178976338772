import { adapterConformance } from '@modelshelf/core/testing';
import express from 'express';
import expressMin from 'express-min';
import { version } from 'express-min/package.json';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startExpress } from './express-host.js';

vi.mock('express', async () => ({ ...(await import('express-min')) }));

test('the host and the adapter run on the lowest supported version', () => {
  expect(express).toBe(expressMin);
});

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `express ${version}, bare`, start: startExpress, mount: '', hostParsers: false },
  { name: `express ${version}, behind parsers`, start: startExpress, mount: '', hostParsers: true },
  { name: `express ${version}, mounted`, start: startExpress, mount: '/studio', hostParsers: false },
]);
