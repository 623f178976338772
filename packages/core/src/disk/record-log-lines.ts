import { z } from 'zod';

/** What the rows of a log are. */
export interface RecordFormat<T> {
  /** Says in the first line of the file what it is: `modelshelf-digests`. */
  readonly format: string;
  /** A file of another version is set aside. */
  readonly version: number;
  /** A line whose row does not fit is stepped over. */
  readonly schema: z.ZodType<T>;
  /**
   * Puts the key under this name among the fields of the row, for a schema that drops fields it does not know; without
   * it, a line is `{key, row}`.
   */
  readonly keyField?: string | undefined;
}

/** One line: a row that came, or `undefined` for one that went. */
export type RecordLine<T> = readonly [key: string, row: T | undefined];

/** Writes and reads the lines of a log. */
export class RecordLines<T> {
  /** The first line. */
  readonly header: string;
  readonly #format: RecordFormat<T>;
  readonly #headerSchema: z.ZodType;

  constructor(format: RecordFormat<T>) {
    this.#format = format;
    this.header = `${JSON.stringify({ format: format.format, version: format.version })}\n`;
    this.#headerSchema = z.object({ format: z.literal(format.format), version: z.literal(format.version) });
  }

  line(key: string, row: T | undefined): string {
    const { keyField } = this.#format;
    const fields = row === undefined ? { removed: true } : keyField === undefined ? { row } : row;
    return `${JSON.stringify({ [keyField ?? 'key']: key, ...fields })}\n`;
  }

  isHeader(line: Buffer): boolean {
    return this.#headerSchema.safeParse(parse(line)).success;
  }

  /** Undefined for a line that says nothing. */
  read(line: Buffer): RecordLine<T> | undefined {
    const { keyField, schema } = this.#format;
    const fields = parse(line);
    if (!isObject(fields)) return undefined;
    const key = fields[keyField ?? 'key'];
    if (typeof key !== 'string') return undefined;
    const row = schema.safeParse(keyField === undefined ? fields['row'] : fields);
    if (row.success) return [key, row.data];
    return fields['removed'] === true ? [key, undefined] : undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}
