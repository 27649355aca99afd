import type { Checkpoint, Component } from "../checkpoint/index.ts";
import { sizeOf } from "../tensor/index.ts";

/** Bytes of a network's weights as they are computed with, in float32. */
export const weightBytes = ({ weights }: Component): number =>
  [...weights].reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0);

/** The same of all networks of a model. */
export const modelBytes = ({
  unet,
  vae,
  textEncoder,
}: Pick<Checkpoint, "unet" | "vae" | "textEncoder">): number =>
  weightBytes(unet) + weightBytes(vae) + weightBytes(textEncoder);
