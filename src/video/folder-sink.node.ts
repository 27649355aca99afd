import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writePng } from "./images.node.ts";
import type { FrameSink } from "./sink.ts";

/** Name of the image of frame `index`: `00000.png` …, so that names sort as frames do. */
export function frameFileName(index: number): string {
  return `${String(index).padStart(5, "0")}.png`;
}

/** Names that `frameFileName` gives. */
export const FRAME_FILE_NAME = /^\d{5,}\.png$/;

/** Writes frames as numbered png files, lossless, into the new folder `path`. */
export async function openFolderSink(path: string): Promise<FrameSink> {
  await mkdir(path);
  let count = 0;
  return {
    write: async (frame) => await writePng(join(path, frameFileName(count++)), frame),
    finish: async () => {},
    cancel: async () => {},
  };
}
