import { adapterConformance } from '@modelshelf/core/testing';
import { version } from 'koa/package.json';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startKoa } from './koa-host.js';

const name = `koa ${version}`;

adapterConformance({ describe, test, beforeAll, afterAll }, [
  { name: `${name}, bare`, start: startKoa('prefix option'), mount: '', hostParsers: false },
  { name: `${name}, behind koa-bodyparser`, start: startKoa('prefix option'), mount: '', hostParsers: true },
  { name: `${name}, koa-mount`, start: startKoa('koa-mount'), mount: '/studio', hostParsers: false },
  { name: `${name}, prefix option`, start: startKoa('prefix option'), mount: '/studio', hostParsers: false },
  {
    name: `${name}, nested, behind koa-bodyparser`,
    start: startKoa('nested router'),
    mount: '/studio',
    hostParsers: true,
  },
]);
