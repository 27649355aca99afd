import { FateZeroError } from "../../errors.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import { checkedFrame, type Frame, type GivenFrame, resizeFrame } from "../../video/index.ts";
import type { AtlasOptions } from "./options.ts";

/** The frames of a mask [F, h, w], white where it is 1. */
function pictures({ shape, data }: FloatTensor): Frame[] {
  const [frames, height, width] = shape as readonly [number, number, number];
  const size = height * width;
  return Array.from({ length: frames }, (_, f) => ({
    width,
    height,
    data: Float32Array.from({ length: 3 * size }, (_, i) => {
      const value = data[f * size + Math.floor(i / 3)]!;
      return 255 * Math.min(Math.max(value, 0), 1);
    }),
  }));
}

const isTensor = (mask: FloatTensor | readonly GivenFrame[]): mask is FloatTensor => !Array.isArray(mask);

/** The object's mask in each frame of a clip, 0…1 for each pixel; null where none is given. Throws FateZeroError `bad-option`. */
export function masksOf(
  mask: AtlasOptions["mask"],
  { frames, width, height }: { readonly frames: number; readonly width: number; readonly height: number },
): readonly Float32Array[] | null {
  if (!mask) return null;
  if (isTensor(mask) && mask.shape?.length !== 3)
    throw new FateZeroError(
      "bad-option",
      "The object's mask is no tensor [frames, height, width].",
      "Give one, or a picture for each frame.",
    );
  const given = isTensor(mask) ? pictures(mask) : mask.map((frame, i) => checkedFrame(frame, i).frame);
  if (given.length !== frames)
    throw new FateZeroError(
      "bad-option",
      `The object's mask has ${given.length} frames, but the clip has ${frames}.`,
      "Give a mask for each frame.",
    );
  return given.map((frame) => {
    const { data } = resizeFrame(frame, width, height, "triangle");
    return Float32Array.from({ length: width * height }, (_, i) => data[3 * i]! / 255);
  });
}
