import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imageOf } from "../images.node.ts";
import { encodeMetadata, type Metadata } from "../metadata.ts";
import type { Frame } from "../types.ts";
import type { FrameSink } from "./sink.ts";

/** Name of the image of frame `index`: `00000.png` …, so that names sort as frames do. */
export function frameFileName(index: number): string {
  return `${String(index).padStart(5, "0")}.png`;
}

/** Names that `frameFileName` gives. */
export const FRAME_FILE_NAME = /^\d{5,}\.png$/;

/** Writes a frame as png (8 bits, lossless), with a description in EXIF. Errors of the file system pass through. */
export async function writePng(path: string, frame: Frame, description?: string): Promise<void> {
  const image = await imageOf([frame], description);
  await writeFile(path, await image.png({ compressionLevel: 6 }).toBuffer());
}

/** Writes frames as numbered png files, lossless, into the new folder `path`; the first one carries the metadata. */
export async function openFolderSink(path: string, metadata: Metadata | undefined): Promise<FrameSink> {
  await mkdir(path);
  let count = 0;
  return {
    write: async (frame) => {
      const description = metadata && count === 0 ? encodeMetadata(metadata) : undefined;
      await writePng(join(path, frameFileName(count++)), frame, description);
    },
    finish: async () => {},
    cancel: async () => {},
  };
}
