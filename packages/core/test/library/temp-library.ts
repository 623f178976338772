import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { createModelLibrary, type ModelLibrary, type ModelLibraryOptions } from '../../src/index.js';

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'modelshelf-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The bytes of a small safetensors file. */
export function safetensors(metadata: Record<string, string> = {}, tensorBytes = 8): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: metadata,
      w: { dtype: 'F32', shape: [tensorBytes / 4], data_offsets: [0, tensorBytes] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(tensorBytes, 7)]);
}

/** The text of a complete sidecar with some members of a test's own. */
export function sidecar(members: Record<string, unknown> = {}): string {
  return JSON.stringify({
    file_name: 'x',
    model_name: 'X',
    file_path: '/elsewhere/x.safetensors',
    size: 1,
    modified: 1_700_000_000,
    sha256: 'ab'.repeat(32),
    base_model: 'SDXL 1.0',
    preview_url: '',
    ...members,
  });
}

/** Writes files below a folder, making the folders between. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** A library over folders that hold these files; closed and deleted when the test is over. */
export async function openLibrary(
  files: Readonly<Record<string, string | Buffer>>,
  options: ModelLibraryOptions = {},
): Promise<{
  library: ModelLibrary;
  folder: string;
  request: (path: string, init?: RequestInit) => Promise<Response>;
}> {
  const folder = await temporaryFolder();
  for (const prefix of ['loras', 'checkpoints', 'embeddings']) await mkdir(join(folder, prefix));
  await writeFiles(folder, files);
  const library = createModelLibrary({
    roots: {
      loras: [join(folder, 'loras')],
      checkpoints: [join(folder, 'checkpoints')],
      embeddings: [join(folder, 'embeddings')],
    },
    dataDir: join(folder, 'data'),
    ...options,
  });
  onTestFinished(() => library.close());
  const handle = toFetchHandler(library);
  return {
    library,
    folder,
    request: (path, init) => handle(new Request(`http://127.0.0.1${path}`, init)),
  };
}
