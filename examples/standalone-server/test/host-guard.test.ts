import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { guardHost, isLoopback, namesThisMachine } from '../src/host-guard.js';
import { listen, originOf } from '../src/listen.js';

describe('a Host header', () => {
  it.each(['localhost', 'localhost:8188', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:65535', '[::1]', '[::1]:8188'])(
    '%s names this machine',
    (host) => expect(namesThisMachine(host)).toBe(true),
  );

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8188',
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example:8188',
    '127.0.0.2',
    '0.0.0.0',
    'localhost:8188:8188',
    'localhost:port',
    'localhost@evil.example',
    '::1',
  ])('%s names another one', (host) => expect(namesThisMachine(host)).toBe(false));
});

describe('an address', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('%s is for this machine only', (address) =>
    expect(isLoopback(address)).toBe(true),
  );
  it.each(['0.0.0.0', '::', '192.168.1.2', '127.evil.example', 'shelf.local'])('%s is reached by others', (address) =>
    expect(isLoopback(address)).toBe(false),
  );
});

describe('the guard', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(() => opened.splice(0).forEach((server) => server.close()));

  async function answerTo(address: string, host: string): Promise<{ status: number | undefined; body: string }> {
    const server = await listen(
      guardHost(address, (_request, response) => void response.end('inside')),
      '127.0.0.1',
      0,
    );
    opened.push(server);
    const asked = request(originOf(server, '127.0.0.1'), { headers: { host }, agent: false }).end();
    const [response] = await once(asked, 'response');
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, body };
  }

  it('answers other names with 403 and the envelope', async () => {
    const { status, body } = await answerTo('127.0.0.1', 'evil.example');
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({ success: false, error: expect.any(String), code: 'forbidden' });
    expect(await answerTo('127.0.0.1', 'localhost:9')).toEqual({ status: 200, body: 'inside' });
  });

  it('leaves a server that others are meant to reach alone', async () => {
    expect(await answerTo('0.0.0.0', 'shelf.example')).toEqual({ status: 200, body: 'inside' });
  });
});

describe('listen', () => {
  it('says in words why a port cannot be had', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(listen(() => undefined, '127.0.0.1', port)).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another with --port`,
    );
    taken.close();
  });
});
