import {
  add,
  affine,
  divDims,
  GraphShapeError,
  inLayer,
  instanceNorm,
  mulDims,
  reshape,
  silu,
  transpose,
  type Value,
} from "../../graph/index.ts";
import { convLayer, groupNormLayer, linearLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { alike, branchesOf } from "./branches.ts";
import type { UNetConfig } from "./config.ts";
import type { UNetContext } from "./context.ts";
import { pseudoConv } from "./temporal.ts";

/** GroupNorm with statistics over all frames of a clip: x [B·F, C, H, W]. */
function clipGroupNorm(context: UNetContext, p: Params, x: Value, groups: number, epsilon: number): Value {
  return inLayer(p.path, () => {
    const [, c, h, w] = x.shape;
    const { frames } = context;
    const branches = branchesOf(context, x);
    const channels = c as number;
    const each = divDims(channels, groups);
    if (each === null)
      throw new GraphShapeError(`groupNorm: ${channels} channels do not divide into ${groups} groups`);
    const perGroup = mulDims(each, h!, w!);
    const byGroup = transpose(reshape(x, [branches, frames, groups, perGroup]), [0, 2, 1, 3]);
    const normal = instanceNorm(reshape(byGroup, [branches, groups, mulDims(frames, perGroup)]), epsilon);
    const back = transpose(reshape(normal, [branches, groups, frames, perGroup]), [0, 2, 1, 3]);
    return affine(reshape(back, x.shape), p.tensor("weight", [channels]), p.tensor("bias", [channels]));
  });
}

/** The GroupNorm of ResNet blocks and of the output, in the scope that the context asks for. */
export function blockNorm(context: UNetContext, config: UNetConfig, p: Params, x: Value): Value {
  return context.groupNorm === "frame"
    ? groupNormLayer(p, x, config.groups, config.epsilon)
    : clipGroupNorm(context, p, x, config.groups, config.epsilon);
}

/** ResNet block: x [B·F, C, H, W], time [B·F, T] of all branches, already activated → [B·F, out, H, W]. */
export function resnetBlock(
  context: UNetContext,
  config: UNetConfig,
  p: Params,
  x: Value,
  time: Value,
  out: number,
): Value {
  const first = pseudoConv(context, p.at("conv1"), silu(blockNorm(context, config, p.at("norm1"), x)), out);
  const shift = linearLayer(p.at("time_emb_proj"), alike(context, time, x), out);
  const timed = add(first, reshape(shift, [...shift.shape, 1, 1]));
  const second = pseudoConv(
    context,
    p.at("conv2"),
    silu(blockNorm(context, config, p.at("norm2"), timed)),
    out,
  );
  const shortcut = x.shape[1] === out ? x : convLayer(p.at("conv_shortcut"), x, out, 1);
  return add(shortcut, second);
}
