import { type EditMasks, meanMask } from "../edit/index.ts";
import { type FloatTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";

/** Frame `f` of a mask [F, h, w] as a grey picture, each position a block of pixels. */
function greyFrame(mask: FloatTensor, f: number, width: number, height: number): Frame {
  const [, h, w] = mask.shape as [number, number, number];
  const { data: values } = slice0(mask, f, f + 1);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * h) / height) * w;
    for (let x = 0; x < width; x++)
      data.fill(
        Math.round(255 * values[row + Math.floor((x * w) / width)]!),
        3 * (y * width + x),
        3 * (y * width + x) + 3,
      );
  }
  return { width, height, data };
}

/**
 * The mask of an edit as plain pictures, white where the edit keeps its own, grey where it does in some of the steps: to be
 * painted over and given back as `mask`. Blocks of pixels are positions of the latents, unless a person drew it.
 */
export function maskFrames(
  masks: EditMasks,
  { width, height }: { readonly width: number; readonly height: number },
): Frame[] {
  const mask = masks.pixels ?? meanMask(masks);
  return Array.from({ length: mask.shape[0]! }, (_, f) => greyFrame(mask, f, width, height));
}
