import type { Checkpoint, Component } from "../checkpoint/index.ts";
import { keepsHalf } from "../graph/index.ts";
import type { Engine, MemoryMode } from "../runtime/index.ts";
import { bytesPerElement, sizeOf } from "../tensor/index.ts";

/** Bytes of a network's weights as they are computed with, in float32. */
export const weightBytes = ({ weights }: Pick<Component, "weights">): number =>
  [...weights].reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0);

/** The same of all networks of a model. */
export const modelBytes = ({
  unet,
  vae,
  textEncoder,
}: Pick<Checkpoint, "unet" | "vae" | "textEncoder">): number =>
  weightBytes(unet) + weightBytes(vae) + weightBytes(textEncoder);

/** Weights while a graph is opened in the fast mode: as they lie in the file, as float32, and rearranged. */
const OPENING = 1.7;

/**
 * Bytes for a weight that is left in its file where half precision is asked of a processor: ONNX Runtime widens it anew in each run, and not
 * just before it is read (bench/NOTES.md).
 */
const WIDENED_ANEW = 1.07;

/**
 * Bytes that a network's weights take while a graph of it is open, and while it is opened. Where they are left in their files
 * they take what is stored, and the largest of those that are widened, one at a time, while they are computed with.
 */
export function openBytes(
  component: Pick<Component, "weights">,
  memory: MemoryMode,
  { device, lowering }: Pick<Engine, "device" | "lowering">,
): { readonly open: number; readonly opening: number } {
  const isHalf = keepsHalf(lowering, device);
  if (memory === "fast") {
    const open = weightBytes(component) / (isHalf ? 2 : 1);
    return { open, opening: OPENING * open };
  }
  if (lowering.precision === "fp16" && !isHalf) {
    const single = openBytes(component, memory, { device, lowering: { ...lowering, precision: "fp32" } });
    const bytes = single.open + (WIDENED_ANEW * weightBytes(component)) / 4;
    return { open: bytes, opening: bytes };
  }
  let [stored, widened] = [0, 0];
  for (const { dtype, shape } of component.weights.values()) {
    stored += bytesPerElement(dtype) * sizeOf(shape);
    if (dtype !== "float32") widened = Math.max(widened, 4 * sizeOf(shape));
  }
  return { open: stored + widened, opening: stored + widened };
}

const LARGE_BYTES = 256 * 2 ** 20;

/** Whether a UNet whose weights take so much as float32 is so large that nothing else of its model is open while it is run. */
export const isLarge = (unetBytes: number): boolean => unetBytes > LARGE_BYTES;
