import { readFile, stat } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { apngInfo } from "../apng-chunks.ts";
import { foreignPicture, isImageName, isReadImage } from "../foreign-picture.ts";
import { imageHeader } from "../images.node.ts";
import { openAnimation } from "./animation-source.node.ts";
import { framesDiffer, isAnimated, openApng } from "./apng-source.node.ts";
import { openVideoFile } from "./container-source.node.ts";
import { openFolder, openImage } from "./folder-source.node.ts";
import { readHead } from "./list-images.node.ts";
import type { FrameSource, SourceOptions } from "./source.ts";

/** Whether a file is an image (animated or not), by its first bytes or, failing that, its name. */
export async function isImageFile(path: string): Promise<boolean> {
  const head = await readHead(path);
  return isReadImage(head) || foreignPicture(path, head) !== undefined || isImageName(path);
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
  const animation = apngInfo(await readFile(input));
  const warning = animation && framesDiffer(input, animation);
  if (warning) options.onWarning?.(warning);
  if (animation && isAnimated(animation)) return openApng(input, header, animation, options);
  return header.pages > 1 ? openAnimation(input, header, options) : await openImage(input, options);
}
