import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { imageHeader } from "../images.node.ts";
import { openAnimation } from "./animation-source.node.ts";
import { openVideoFile } from "./container-source.node.ts";
import { IMAGE_EXTENSIONS, openFolder, openImage } from "./folder-source.node.ts";
import type { FrameSource, SourceOptions } from "./source.ts";

/** How image files begin: bytes as latin1 text, at an offset. */
const SIGNATURES: readonly (readonly [at: number, text: string])[] = [
  [0, "\x89PNG"],
  [0, "\xff\xd8\xff"],
  [0, "GIF8"],
  [8, "WEBP"],
  [0, "II*\0"],
  [0, "MM\0*"],
  [4, "ftypavif"],
  [4, "ftypavis"],
  [4, "ftypheic"],
  [4, "ftypmif1"],
];

/** Whether a file is an image (animated or not), by its first bytes or, failing that, its name. */
export async function isImageFile(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    const begin = buffer.toString("latin1", 0, bytesRead);
    return SIGNATURES.some(([at, text]) => begin.startsWith(text, at)) || isImageName(path);
  } finally {
    await file.close();
  }
}

function isImageName(path: string): boolean {
  const extension = extname(path).toLowerCase();
  return IMAGE_EXTENSIONS.has(extension) || extension === ".gif";
}

/** Says that an input is missing or may not be read. */
export function inputMissing(input: string, cause: unknown): FateZeroError {
  return new FateZeroError(
    "input-missing",
    `The input "${input}" does not exist or cannot be read.`,
    "Check the path; it must name a video file, an image or a folder of images.",
    { cause },
  );
}

/** Opens whatever `input` names: a folder of images, an image, an animation or a video file. */
export async function openSource(input: string, options: SourceOptions): Promise<FrameSource> {
  const isFolder = await stat(input).then(
    (info) => info.isDirectory(),
    (cause: unknown) => {
      throw inputMissing(input, cause);
    },
  );
  if (isFolder) return await openFolder(input, options);
  const isImage = await isImageFile(input).catch((cause: unknown) => {
    throw inputMissing(input, cause);
  });
  if (!isImage) return await openVideoFile(input, options);
  const header = await imageHeader(input);
  return header.pages > 1 ? openAnimation(input, header, options) : await openImage(input, options);
}
