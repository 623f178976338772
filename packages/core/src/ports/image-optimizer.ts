/** A picture: its bytes, and the extension that tells its format, in lower case with the dot. */
export interface ImageFile {
  readonly data: Uint8Array;
  readonly extension: string;
}

/** Makes previews small. A host may put its own in place of the default one. */
export interface ImageOptimizer {
  /** The picture as it is to be stored. Rejects when the bytes cannot be decoded: nothing is changed then. */
  optimise(input: ImageFile): Promise<ImageFile>;
}
