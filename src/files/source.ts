/** Bytes that are read in parts: those of a file, or of what an address leads to. */
export interface ByteSource {
  /** Bytes of the whole. */
  size(): Promise<number>;
  /** The bytes from `offset` on: `length`, or as many as there are. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
