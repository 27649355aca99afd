import {
  add,
  attention,
  conv2d,
  type Dim,
  inLayer,
  mulDims,
  reshape,
  transpose,
  type Value,
} from "../../graph/index.ts";
import { convLayer, layerNormLayer, linearLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { branchesOf } from "./branches.ts";
import type { UNetContext } from "./context.ts";

/** [B·F, C, H, W] → [B, C, F, H·W], where time is an axis that a convolution can slide along. */
function timeAsHeight(context: UNetContext, x: Value): Value {
  const [, c, h, w] = x.shape;
  return transpose(reshape(x, [branchesOf(context, x), context.frames, c!, mulDims(h!, w!)]), [0, 2, 1, 3]);
}

function timeAsBatch(x: Value, shape: readonly Dim[]): Value {
  return reshape(transpose(x, [0, 2, 1, 3]), shape);
}

/** A 1-D convolution over time, written as a [3, 1] convolution over [time, pixels] (ONNX Runtime is faster at it). */
function convOverTime(p: Params, x: Value, out: number, bias: boolean): Value {
  return inLayer(p.path, () => {
    const channels = x.shape[1] as number;
    const weight = reshape(p.tensor("weight", [out, channels, 3]), [out, channels, 3, 1]);
    return conv2d(x, weight, bias ? p.tensor("bias", [out]) : null, { padding: [1, 0, 1, 0] });
  });
}

/**
 * A 3×3 convolution of every frame, followed by the temporal convolution of an inflated UNet where the checkpoint has
 * one (Tune-A-Video): a low-rank residual `x + up(down(x))`, or a full convolution.
 */
export function pseudoConv(
  context: UNetContext,
  p: Params,
  x: Value,
  out: number,
  options: { stride?: number; padding?: number } = {},
): Value {
  const spatial = convLayer(p, x, out, 3, { padding: 1, ...options });
  if (!context.temporal) return spatial;
  const rank = p.shapeOf("conv_temporal.down.weight")?.[0];
  const full = p.shapeOf("conv_temporal.weight") !== null;
  if (rank === undefined && !full) return spatial;
  const time = timeAsHeight(context, spatial);
  const temporal = p.at("conv_temporal");
  if (full) return timeAsBatch(convOverTime(temporal, time, out, true), spatial.shape);
  const low = convOverTime(temporal.at("down"), time, rank!, false);
  return add(spatial, timeAsBatch(convOverTime(temporal.at("up"), low, out, false), spatial.shape));
}

/** Attention of every pixel over the frames of its clip, x [B·F, N, C]; the identity where the checkpoint has none. */
export function temporalAttention(context: UNetContext, p: Params, x: Value, heads: number): Value {
  if (!context.temporal || p.shapeOf("attn_temporal.to_q.weight") === null) return x;
  const { frames } = context;
  const branches = branchesOf(context, x);
  const [, n, width] = x.shape;
  const channels = width as number;
  const perPixel = transpose(reshape(x, [branches, frames, n!, channels]), [0, 2, 1, 3]);
  const tokens = reshape(perPixel, [mulDims(branches, n!), frames, channels]);
  const normed = layerNormLayer(p.at("norm_temporal"), tokens, 1e-5);
  const project = (name: string): Value =>
    linearLayer(p.at(`attn_temporal.${name}`), normed, channels, { bias: false });
  const attended = attention(project("to_q"), project("to_k"), project("to_v"), heads);
  const out = linearLayer(p.at("attn_temporal.to_out.0"), attended, channels);
  const perFrame = transpose(reshape(out, [branches, n!, frames, channels]), [0, 2, 1, 3]);
  return add(x, reshape(perFrame, x.shape));
}
