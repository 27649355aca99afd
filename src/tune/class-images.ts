import { FateZeroError } from "../errors.ts";
import type { Model } from "../pipeline/index.ts";
import { count } from "../quantity.ts";
import { cropFrame, cropRectangle, type Frame, fitToModel, resizeFrame } from "../video/index.ts";
import type { ClassImages } from "./options.ts";

/**
 * The pictures of a class as the network takes them, all of one size. Ours are cut to the clip's shape from their centre and
 * scaled to its size; the released code neither cuts nor scales them, and looks at the first of them only, as many as the
 * clip has frames (ImageSequenceDataset: the clip's index, 0, modulo the number of images left).
 *
 * @throws FateZeroError `class-images`
 */
export function fitClassImages(
  model: Pick<Model, "sizeMultiple">,
  { images }: ClassImages,
  clip: { readonly frames: number; readonly width: number; readonly height: number },
  compat: "fatezero" | null,
): readonly Frame[] {
  const [first] = images;
  if (!first)
    throw new FateZeroError("class-images", "There are no class images.", "Name a folder that holds some.");
  const aspect = clip.width / clip.height;
  if (!compat) {
    return images.map((image) => {
      const cut = cropFrame(image, cropRectangle(image.width, image.height, { aspect }));
      return resizeFrame(cut, clip.width, clip.height);
    });
  }
  if (images.length <= clip.frames) {
    throw new FateZeroError(
      "class-images",
      `There are ${count(images.length, "class image")}, and the released code needs more than the clip has frames, ${clip.frames}.`,
      "Add some, or train without compat.",
    );
  }
  const taken = images.slice(0, clip.frames);
  const { width, height } = fitToModel(
    first.width,
    first.height,
    Math.min(first.width, first.height),
    model.sizeMultiple,
  );
  const other = taken.find((image) => image.width !== width || image.height !== height);
  if (other) {
    throw new FateZeroError(
      "class-images",
      `A class image has ${other.width}x${other.height} pixels, and the released code scales none: all must be alike, with sides that are multiples of ${model.sizeMultiple}.`,
      `Scale them to ${width}x${height}, or train without compat.`,
    );
  }
  return taken;
}
