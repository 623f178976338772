import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { modelshelf as expressAdapter } from '@modelshelf/adapter-express';
import { modelshelf as fastifyAdapter } from '@modelshelf/adapter-fastify';
import { modelshelf as koaAdapter } from '@modelshelf/adapter-koa';
import type { ModelLibrary } from '@modelshelf/core';
import { toFetchHandler } from '@modelshelf/core/fetch';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';

/** A host that serves a library: asked by path. */
export interface ServingHost {
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<unknown>;
}

export const HOSTS = ['express', 'fastify', 'koa', 'fetch'] as const;
export type HostName = (typeof HOSTS)[number];

async function listening(server: Server, closeApp: () => Promise<unknown> = () => Promise.resolve()) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    send: (path: string, init?: RequestInit) => fetch(origin + path, init),
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await closeApp();
    },
  };
}

const starters: Readonly<Record<HostName, (library: ModelLibrary) => Promise<ServingHost>>> = {
  express: (library) => listening(createServer(express().use(expressAdapter(library)) as RequestListener)),
  koa: (library) => {
    const handle = new Koa().use(koaAdapter(library).routes()).callback();
    return listening(createServer((request, response) => void handle(request, response)));
  },
  fastify: async (library) => {
    const app = fastify();
    await app.register(fastifyAdapter, { library });
    await app.ready();
    return listening(
      createServer((request, response) => app.routing(request, response)),
      () => app.close(),
    );
  },
  fetch: (library) => {
    const handle = toFetchHandler(library);
    return Promise.resolve({
      send: (path, init) => handle(new Request(`http://127.0.0.1${path}`, init)),
      close: () => Promise.resolve(),
    });
  },
};

/** Puts a library behind one of the hosts that it can be mounted in. */
export function serve(name: HostName, library: ModelLibrary): Promise<ServingHost> {
  return starters[name](library);
}
