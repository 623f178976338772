/** One kind of edit, over and over. */
export interface EditTask {
  readonly edit: 'move' | 'save';
  /** How many go on at a time. */
  readonly atOnce: number;
  /** Of all lanes together; each does an even number, so that every model ends where it began. */
  readonly edits: number;
}

/** What a task measured. */
export interface EditFigures {
  readonly edits: number;
  readonly milliseconds: number;
  /** CPU time of all threads, in microseconds. */
  readonly cpu: number;
  /** How late a timer of 1 ms came, counted from the tick before it. */
  readonly delay: { readonly p99: number; readonly max: number };
  /** Bytes that the process wrote, everything that the edits led to included. */
  readonly written: number;
}

/** Whoever edits models that have a sidecar and a preview. */
export interface Editor {
  move(stem: string, from: string, to: string): Promise<void>;
  save(stem: string, folder: string, notes: string): Promise<void>;
  close(): Promise<void>;
}

/** Files below the data folder that a process looks for, so that a trace tells where a task begins and ends. */
export const EDITS_BEGIN = 'edits-begin';
export const EDITS_END = 'edits-end';
