'use strict';
// What both programs do with the packages that their module system gave them.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdir, mkdtemp, rm, writeFile } = require('node:fs/promises');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

function fakeSafetensors() {
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

async function checkList(answer) {
  assert.equal(answer.status, 200);
  const { items } = await answer.json();
  assert.deepEqual(
    items.map((item) => item.file_name),
    ['ink'],
  );
}

async function checkHost(server) {
  const origin = `http://127.0.0.1:${server.address().port}`;
  await checkList(await fetch(`${origin}/api/lm/loras/list`));
  const page = await fetch(`${origin}/loras`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/i);
}

async function checkListener(listener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await checkHost(server);
  server.closeAllConnections();
  server.close();
}

exports.exercise = async function exercise({ core, ui, toFetchHandler, testing, adapters, express, fastify, Koa }) {
  const folder = await mkdtemp(join(tmpdir(), 'modelshelf-consumer-'));
  try {
    const loras = join(folder, 'loras');
    await mkdir(loras);
    await writeFile(join(loras, 'ink.safetensors'), fakeSafetensors());
    const library = core.createModelLibrary({
      roots: { loras: [loras] },
      dataDir: join(folder, 'data'),
      pages: ui.modelPages(),
    });
    await library.ready;

    const expressApp = express();
    expressApp.use(adapters.express(library));
    await checkListener(expressApp);

    const koaApp = new Koa();
    koaApp.use(adapters.koa(library).routes());
    await checkListener(koaApp.callback());

    const fastifyApp = fastify();
    fastifyApp.register(adapters.fastify, { library });
    await fastifyApp.listen({ port: 0, host: '127.0.0.1' });
    await checkHost(fastifyApp.server);
    await fastifyApp.close();

    await checkList(await toFetchHandler(library)(new Request('http://localhost/api/lm/loras/list')));
    assert.ok(Object.keys(testing).length > 0);
    await library.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
