import { setTimeout as sleep } from 'node:timers/promises';
import { createModelLibrary, type ModelLibrary } from '@modelshelf/core';
import type { Editor } from './mutation-task.js';

/** Everything that a start leaves to quiet moments is done by then. */
const QUIET_MS = 2_000;

/** Edits models through the library. */
export class LibraryEditor implements Editor {
  readonly #library: ModelLibrary;

  private constructor(library: ModelLibrary) {
    this.#library = library;
  }

  static async open(root: string, dataDir: string): Promise<LibraryEditor> {
    const library = createModelLibrary({ roots: { loras: [root] }, dataDir });
    await library.ready;
    // Waits for the comparison with the disk that goes on when a known library is ready.
    await library.loras.scanModels();
    await sleep(QUIET_MS);
    return new LibraryEditor(library);
  }

  async move(stem: string, from: string, to: string): Promise<void> {
    const reply = await this.#library.loras.moveModel({ file_path: `${from}/${stem}.safetensors`, target_path: to });
    if (reply.new_file_path !== `${to}/${stem}.safetensors`) throw new Error(`${stem} was not moved.`);
  }

  async save(stem: string, folder: string, notes: string): Promise<void> {
    await this.#library.loras.saveMetadata({ file_path: `${folder}/${stem}.safetensors`, notes });
  }

  close(): Promise<void> {
    return this.#library.close();
  }
}
