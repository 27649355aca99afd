import { writeFile } from "node:fs/promises";
import { imageOf } from "../images.node.ts";
import type { Frame } from "../types.ts";

/** Writes a frame as png (8 bits, lossless), with a description in EXIF. Errors of the file system pass through. */
export async function writePng(path: string, frame: Frame, description?: string): Promise<void> {
  const image = await imageOf([frame], description);
  await writeFile(path, await image.png({ compressionLevel: 6 }).toBuffer());
}
