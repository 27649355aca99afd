import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeMetadata, type Metadata } from "./metadata.ts";
import { writePng } from "./png.node.ts";
import type { FrameSink } from "./sink.ts";

/** Name of the image of frame `index`: `00000.png` …, so that names sort as frames do. */
export function frameFileName(index: number): string {
  return `${String(index).padStart(5, "0")}.png`;
}

/** Names that `frameFileName` gives. */
export const FRAME_FILE_NAME = /^\d{5,}\.png$/;

/** Where a folder's metadata is. */
export const METADATA_FILE_NAME = "fatezero.json";

/** Writes frames as numbered png files, lossless, into the new folder `path`. */
export async function openFolderSink(path: string, metadata: Metadata | undefined): Promise<FrameSink> {
  await mkdir(path);
  let count = 0;
  return {
    write: async (frame) => await writePng(join(path, frameFileName(count++)), frame),
    finish: async () => {
      if (metadata) await writeFile(join(path, METADATA_FILE_NAME), `${encodeMetadata(metadata)}\n`);
    },
    cancel: async () => {},
  };
}
