import { Router } from '@koa/router';
import { adapterConformance } from '@modelshelf/core/testing';
import Koa from 'koa';
import KoaMin from 'koa-min';
import { version } from 'koa-min/package.json';
import { Router as RouterMin } from 'koa-router-min';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startKoa } from './koa-host.js';

vi.mock('koa', async () => ({ ...(await import('koa-min')) }));
vi.mock('@koa/router', async () => ({ ...(await import('koa-router-min')) }));

test('the host and the adapter run on the lowest supported versions', () => {
  expect(Koa).toBe(KoaMin);
  expect(Router).toBe(RouterMin);
});

const name = `koa ${version}`;

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `${name}, bare`, start: startKoa('prefix option'), mount: '', hostParsers: false },
  { name: `${name}, behind koa-bodyparser`, start: startKoa('prefix option'), mount: '', hostParsers: true },
  { name: `${name}, koa-mount`, start: startKoa('koa-mount'), mount: '/studio', hostParsers: false },
  { name: `${name}, nested`, start: startKoa('nested router'), mount: '/studio', hostParsers: false },
]);
