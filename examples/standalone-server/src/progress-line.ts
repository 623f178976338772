import type { ModelLibrary } from '@modelshelf/core';

/** Where progress is shown: a terminal, or a file or pipe. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 24;
const shortestPauseMs = 1000;
const longestPauseMs = 30_000;
const clearLine = '\r\u001b[2K';

/**
 * Shows what a library is busy with: one line that is redrawn on a terminal. Elsewhere plain lines: none for work of less
 * than a second, then at most one a second, and ever fewer the longer it takes.
 */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #scans = new Map<string, number>();
  #shown = '';
  #waiting = '';
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = shortestPauseMs;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** Follows the scans and digests of a library until the returned function is called. */
  follow({ progress }: Pick<ModelLibrary, 'progress'>): () => void {
    const stops = [
      progress.on('scan', ({ data }) => {
        this.#scans.set(data.pageType, data.status === undefined ? data.progress : 100);
        const values = [...this.#scans.values()];
        const share = values.reduce((sum, value) => sum + value, 0) / values.length / 100;
        this.#show(share >= 1 ? '' : `${bar(share)} ${data.details}`);
        if (share >= 1) this.#scans.clear();
      }),
      progress.on('digest', ({ data }) => {
        const share = data.bytes_total === 0 ? 0 : data.bytes_done / data.bytes_total;
        const left = data.seconds_left === null ? '' : `, ${Math.ceil(data.seconds_left)} s left`;
        const files = `Digests: ${data.files_done}/${data.files_total} files`;
        this.#show(data.status === 'running' ? `${bar(share)} ${files}${left}` : '');
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      this.#show('');
    };
  }

  /** Prints a line of its own above the progress. */
  print(text: string): void {
    this.#output.write(this.#shown === '' ? `${text}\n` : `${clearLine}${text}\n${this.#shown}`);
  }

  #show(text: string): void {
    if (this.#output.isTTY !== true) return this.#showPlainly(text);
    const line = text.slice(0, (this.#output.columns ?? 80) - 1);
    if (line === this.#shown) return;
    this.#output.write(clearLine + line);
    this.#shown = line;
  }

  #showPlainly(text: string): void {
    this.#waiting = text;
    if (text !== '') {
      this.#pause ??= setTimeout(() => this.#writeWaiting(), this.#pauseMs).unref();
      return;
    }
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#pauseMs = shortestPauseMs;
  }

  #writeWaiting(): void {
    this.#pause = undefined;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    this.#output.write(`${this.#waiting}\n`);
  }
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${percent} %`;
}
