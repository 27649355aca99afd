import type { Component, WeightInfo } from "../src/checkpoint/index.ts";
import { type FloatTensor, floatTensor, type Shape, sizeOf } from "../src/tensor/index.ts";

const RANK = 160;

/** Small values that differ from place to place. */
export function wavy(shape: Shape): FloatTensor {
  const scale = 1 / Math.sqrt(shape.at(-1)!);
  return floatTensor(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898) * scale),
  );
}

function held(shape: Shape): WeightInfo {
  const { data } = wavy(shape);
  return { dtype: "float32", shape, location: { data: new Uint8Array(data.buffer) } };
}

/** A weight that every run is fed, so that nobody reads it here. */
const fed = (shape: Shape): WeightInfo => ({
  dtype: "float32",
  shape,
  location: { data: new Uint8Array() },
});

/**
 * An image UNet with a low-rank temporal convolution in every 3×3 one, and temporal attention in every transformer, as
 * one-shot tuning inflates it.
 */
export function inflate(unet: Component): Component {
  const weights = new Map(unet.weights);
  for (const [name, { shape }] of unet.weights) {
    const layer = name.replace(/\.weight$/, "");
    const [out] = shape as [number];
    if (shape.length === 4 && shape[2] === 3) {
      const rank = RANK <= out ? RANK : Math.floor(out / 2);
      weights.set(`${layer}.conv_temporal.down.weight`, fed([rank, out, 3]));
      weights.set(`${layer}.conv_temporal.up.weight`, fed([out, rank, 3]));
    }
    if (!layer.endsWith("attn1.to_q")) continue;
    const block = layer.replace(/\.attn1\.to_q$/, "");
    for (const part of ["to_q", "to_k", "to_v", "to_out.0"])
      weights.set(`${block}.attn_temporal.${part}.weight`, fed([out, out]));
    weights.set(`${block}.attn_temporal.to_out.0.bias`, fed([out]));
    for (const part of ["weight", "bias"]) weights.set(`${block}.norm_temporal.${part}`, held([out]));
  }
  return { ...unet, weights };
}
