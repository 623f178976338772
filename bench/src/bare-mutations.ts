import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { link, open, readdir, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Editor } from './mutation-task.js';

/** What the library writes down of one move, and the rows that it appends to its index. */
const JOURNAL_BYTES = 1_300;
const ROW_BYTES = 450;
const REMOVAL_BYTES = 52;

/**
 * The floor under an edit: whatever the library changes and flushes for it, call by call and in its order, and whatever
 * has to be read for it, once. No checks, no locks, no catalog.
 */
export class BareEditor implements Editor {
  readonly #journal: string;
  readonly #temporary: string;
  readonly #index: FileHandle;

  private constructor(dataDir: string, index: FileHandle) {
    this.#journal = join(dataDir, 'journal');
    this.#temporary = join(dataDir, 'temporary');
    this.#index = index;
    mkdirSync(this.#journal, { recursive: true });
    mkdirSync(this.#temporary, { recursive: true });
  }

  static async open(dataDir: string): Promise<BareEditor> {
    mkdirSync(dataDir, { recursive: true });
    return new BareEditor(dataDir, await open(join(dataDir, 'index.ndjson'), 'a'));
  }

  async move(stem: string, from: string, to: string): Promise<void> {
    const [model, sidecar, preview] = ['.safetensors', '.metadata.json', '.webp'].map((suffix) => stem + suffix) as [
      string,
      string,
      string,
    ];
    await readdir(from);
    await readdir(to);
    await stat(join(from, model));
    const value = JSON.parse(await readFile(join(from, sidecar), 'utf8')) as object;
    const text = JSON.stringify({ ...value, file_path: join(to, model) }, null, 2);
    const [intent, done] = [join(this.#journal, `${stem}.intent.json`), join(this.#journal, `${stem}.done.json`)];
    await writeFlushed(`${intent}.tmp`, 'x'.repeat(JOURNAL_BYTES));
    await rename(`${intent}.tmp`, intent);
    await flushFolder(this.#journal);
    const [temporary, gone] = [
      join(to, `.${randomUUID()}.modelshelf-tmp`),
      join(from, `.${randomUUID()}.modelshelf-tmp`),
    ];
    await writeFlushed(temporary, text);
    await rename(join(from, sidecar), gone);
    await link(join(from, model), join(to, model));
    await unlink(join(from, model));
    await link(join(from, preview), join(to, preview));
    await unlink(join(from, preview));
    await link(temporary, join(to, sidecar));
    await unlink(temporary);
    await flushFolder(from);
    await flushFolder(to);
    await rename(intent, done);
    await flushFolder(this.#journal);
    await unlink(gone);
    await unlink(done);
    await readAgain(to, model, sidecar);
    await this.#index.appendFile('x'.repeat(REMOVAL_BYTES));
    await this.#index.appendFile('x'.repeat(ROW_BYTES));
  }

  async save(stem: string, folder: string, notes: string): Promise<void> {
    const [model, sidecar] = [`${stem}.safetensors`, `${stem}.metadata.json`];
    const path = join(folder, sidecar);
    await stat(join(folder, model));
    const value = JSON.parse(await readFile(path, 'utf8')) as object;
    const text = JSON.stringify({ ...value, notes }, null, 2);
    const temporary = join(this.#temporary, randomUUID());
    await writeFlushed(temporary, text);
    await readFile(path);
    await rename(temporary, path);
    await flushFolder(folder);
    await readAgain(folder, model, sidecar);
    await this.#index.appendFile('x'.repeat(ROW_BYTES));
  }

  close(): Promise<void> {
    return this.#index.close();
  }
}

/** What the row of a model is made of. */
async function readAgain(folder: string, model: string, sidecar: string): Promise<void> {
  await readdir(folder);
  await stat(join(folder, model));
  JSON.parse(await readFile(join(folder, sidecar), 'utf8'));
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}
