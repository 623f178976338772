/**
 * The parts of a multipart body as one plain object, for calls in process: texts and numbers are fields, bytes are files. A
 * `File` keeps its name and type.
 */
export type MultipartInput = Readonly<Record<string, string | number | Uint8Array | Blob | undefined>>;
