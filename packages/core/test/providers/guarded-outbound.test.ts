import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { OutboundOptions } from '../../src/ports/outbound.js';
import { GuardedOutbound, type GuardedOutboundOptions } from '../../src/providers/guarded-outbound.js';
import { listen } from '../http/serve.js';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of this computer, and what it was asked. */
async function server(answer: Serve): Promise<{ url: string; port: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const url = await listen(
    createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    }),
  );
  return { url, port: new URL(url).port, asked };
}

/** Something that happens once. */
function signalled() {
  let tell = (): void => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  return { told, tell: () => tell() };
}

const limits: OutboundOptions = { maxBytes: 1000, timeoutMs: 5000 };
const sayHello: Serve = (_request, response) => response.setHeader('Content-Type', 'Image/PNG; q=1').end('hello');

const guarded = (options: GuardedOutboundOptions = {}) => new GuardedOutbound(options);
const open = new GuardedOutbound({ allowPrivateAddresses: true });
const code = (wanted: string, message?: string) =>
  expect.objectContaining(message === undefined ? { code: wanted } : { code: wanted, message });
const notPublic = code('validation_failed', 'The URL leads to an address that is not public');

/** Answers names as a name server of an attacker would: one list of addresses after the other. */
function namesLeadTo(...answers: (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: NonNullable<GuardedOutboundOptions['resolve']> = async (hostname) => {
    asked.push(hostname);
    const addresses = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, asked };
}

describe('P-17: URLs that clients name', () => {
  it.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://127.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.0.0.1.',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://0.0.0.0',
    'http://１２７.0.0.1',
  ])('P-17: %s is refused, and nobody is connected to', async (host) => {
    const { port, asked } = await server(sayHello);
    await expect(guarded().fetch(`${host}:${port}/`, limits)).rejects.toEqual(notPublic);
    expect(asked).toHaveLength(0);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://192.168.1.1/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
  ])('P-17: %s is refused', async (url) => {
    await expect(guarded().fetch(url, limits)).rejects.toEqual(notPublic);
  });

  it.each([['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['10.0.0.1'], ['::1'], ['::ffff:10.0.0.1'], ['169.254.169.254']])(
    'P-17: a name that leads to %s (%s) is refused',
    async (...addresses) => {
      const { port, asked } = await server(sayHello);
      const { resolve } = namesLeadTo(addresses.filter((address) => typeof address === 'string'));
      await expect(guarded({ resolve }).fetch(`http://images.example:${port}/`, limits)).rejects.toEqual(notPublic);
      expect(asked).toHaveLength(0);
    },
  );

  it('P-17: what was checked is what is connected to: the name is not asked for again', async () => {
    const { port, asked } = await server(sayHello);
    // This server's own address plays the public one; a second question would lead elsewhere.
    const names = namesLeadTo(['127.0.0.1'], ['127.0.0.2']);
    const outbound = guarded({ ...names, allowPrivateAddresses: (address) => address === '127.0.0.1' });
    const { body } = await outbound.fetch(`http://rebind.example:${port}/`, limits);
    expect((await buffer(body)).toString()).toBe('hello');
    expect(names.asked).toEqual(['rebind.example']);
    expect(asked[0]?.headers.host).toBe(`rebind.example:${port}`);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/a.png',
    'data:image/png;base64,AAAA',
    'gopher://example.com',
    'not a url',
    '//example.com/a.png',
    'http://',
  ])('P-17: %s is refused', async (url) => {
    await expect(open.fetch(url, limits)).rejects.toEqual(code('validation_failed'));
  });

  it('P-17: credentials in a URL are refused', async () => {
    await expect(open.fetch('http://user:secret@example.com/', limits)).rejects.toEqual(
      code('validation_failed', 'The URL must not hold a name or a password'),
    );
  });
});

describe('redirects', () => {
  const redirectingTo = (location: string) =>
    server((request, response) => {
      if (request.url === '/end') sayHello(request, response);
      else response.writeHead(302, { location }).end();
    });

  it.each([301, 302, 303, 307, 308])('%i is followed', async (status) => {
    const { url } = await server((request, response) => {
      if (request.url === '/a/end') sayHello(request, response);
      else response.writeHead(status, { location: 'end' }).end('elsewhere');
    });
    const { body } = await open.fetch(`${url}/a/start`, limits);
    expect((await buffer(body)).toString()).toBe('hello');
  });

  it('five are followed, and not one more', async () => {
    const { url } = await server((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) sayHello(request, response);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    await expect(open.fetch(`${url}/5`, limits)).resolves.toMatchObject({ contentType: 'image/png' });
    await expect(open.fetch(`${url}/6`, limits)).rejects.toEqual(code('provider_failed', 'it redirects too often'));
  });

  it.each(['file:///etc/passwd', 'http://user:pw@example.com/'])('P-17: none leads to %s', async (location) => {
    const { url } = await redirectingTo(location);
    await expect(open.fetch(url, limits)).rejects.toEqual(code('validation_failed'));
  });

  it.each([
    'http://127.0.0.2/',
    'http://[::1]/',
    '//169.254.169.254/latest/meta-data/',
    'http://private.example/',
    'https://private.example/',
  ])('P-17: none leads from a public address to %s', async (location) => {
    const { url, asked } = await redirectingTo(location);
    // This server's own address plays the public one.
    const { resolve } = namesLeadTo(['10.0.0.1']);
    const outbound = guarded({ resolve, allowPrivateAddresses: (address) => address === '127.0.0.1' });
    await expect(outbound.fetch(url, limits)).rejects.toEqual(notPublic);
    expect(asked).toHaveLength(1);
  });
});

describe('answers', () => {
  it('come with their media type and nothing is told about the caller', async () => {
    const { url, asked } = await server(sayHello);
    const { contentType, body } = await open.fetch(`${url}/a.png?x=1`, { ...limits, accept: 'image/*' });
    expect(contentType).toBe('image/png');
    expect((await buffer(body)).toString()).toBe('hello');
    expect(asked[0]?.url).toBe('/a.png?x=1');
    expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  it('of another status than 200 are failures', async () => {
    const { url } = await server((_request, response) => response.writeHead(404).end('<html>'));
    await expect(open.fetch(url, limits)).rejects.toEqual(code('provider_failed', 'the server answered 404'));
  });

  it('that are compressed are failures: how large they become nobody knows', async () => {
    const { url } = await server((_request, response) => response.setHeader('content-encoding', 'gzip').end('x'));
    await expect(open.fetch(url, limits)).rejects.toEqual(code('provider_failed'));
  });

  it('that say to be too large are not read', async () => {
    const { url } = await server((_request, response) => {
      response.setHeader('content-length', '1001');
      response.flushHeaders();
    });
    await expect(open.fetch(url, limits)).rejects.toEqual(code('payload_too_large'));
  });

  it('that turn out to be too large are cut off: an endless one is left soon', async () => {
    const gone = signalled();
    let sent = 0;
    const { url } = await server((_request, response) => {
      const write = (): void => {
        sent += 500;
        if (!response.destroyed) response.write(Buffer.alloc(500), () => setImmediate(write));
      };
      response.on('close', () => gone.tell());
      write();
    });
    const { body } = await open.fetch(url, limits);
    let read = 0;
    body.on('data', (chunk: Buffer) => (read += chunk.length));
    await expect(once(body, 'end')).rejects.toEqual(code('payload_too_large'));
    expect(read).toBeLessThanOrEqual(1000);
    await gone.told;
    expect(sent).toBeLessThan(10_000_000);
  });

  it('that break off are failures', async () => {
    const { url } = await server((_request, response) => {
      response.setHeader('content-length', '100');
      response.write('half', () => response.destroy());
    });
    const { body } = await open.fetch(url, limits);
    await expect(buffer(body)).rejects.toEqual(code('provider_failed', 'the connection failed'));
  });

  it('that do not come, or do not end, take no longer than allowed', async () => {
    const silent = await server(() => undefined);
    const brief = { ...limits, timeoutMs: 100 };
    await expect(open.fetch(silent.url, brief)).rejects.toEqual(code('provider_failed', 'it took too long'));
    const endless = await server((_request, response) => void response.write('a'));
    const { body } = await open.fetch(endless.url, brief);
    await expect(buffer(body)).rejects.toEqual(code('provider_failed', 'it took too long'));
  });

  it('do not wait for a name server that is silent', async () => {
    const silent = guarded({ resolve: () => new Promise(() => undefined) });
    const asking = silent.fetch('http://nowhere.example/', { ...limits, timeoutMs: 50 });
    await expect(asking).rejects.toEqual(code('provider_failed', 'it took too long'));
  });

  it('are given up with the call', async () => {
    const { url } = await server((_request, response) => void response.write('a'));
    const caller = new AbortController();
    const { body } = await open.fetch(url, { ...limits, signal: caller.signal });
    setTimeout(() => caller.abort(), 20);
    await expect(buffer(body)).rejects.toEqual(code('cancelled'));
    await expect(open.fetch(url, { ...limits, signal: caller.signal })).rejects.toEqual(code('cancelled'));
  });

  it('that nobody reads free their connection when they are destroyed', async () => {
    const gone = signalled();
    const { url } = await server((_request, response) => {
      response.on('close', () => gone.tell());
      response.write('a');
    });
    const { body } = await open.fetch(url, limits);
    body.destroy();
    await gone.told;
  });

  it('of hosts that are not there say so', async () => {
    const nobody = guarded({ resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) });
    const unknown = code('provider_failed', 'the host is not known');
    await expect(nobody.fetch('http://nowhere.example/', limits)).rejects.toEqual(unknown);
    await expect(guarded({ resolve: async () => [] }).fetch('http://nowhere.example/', limits)).rejects.toEqual(
      unknown,
    );
    const { url } = await server(sayHello);
    const closed = new URL(url);
    closed.port = '1';
    await expect(open.fetch(closed.href, limits)).rejects.toEqual(code('provider_failed', 'the connection failed'));
  });
});
