import { add, gelu, mul, mulDims, reshape, split, transpose, type Value } from "../../graph/index.ts";
import { convLayer, groupNormLayer, layerNormLayer, linearLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { alike } from "./branches.ts";
import type { UNetConfig } from "./config.ts";
import type { UNetContext } from "./context.ts";
import type { AttentionSite } from "./sites.ts";
import { temporalAttention } from "./temporal.ts";

/** Feed-forward with a gated GELU: value · gelu(gate), four times as wide inside. */
function feedForward(p: Params, x: Value): Value {
  const width = x.shape[2] as number;
  const [value, gate] = split(linearLayer(p.at("net.0.proj"), x, 8 * width), 2, 2);
  return linearLayer(p.at("net.2"), mul(value!, gelu(gate!)), width);
}

/** Self-attention, cross-attention, feed-forward and, in inflated models, temporal attention; each a residual. */
function transformerBlock(
  context: UNetContext,
  p: Params,
  site: AttentionSite,
  given: Value,
  text: Value,
): Value {
  const { attention } = context;
  const tokens = attention.enter?.(site, given) ?? given;
  const width = site.channels;
  const project = (name: string, x: Value): Value => linearLayer(p.at(name), x, width, { bias: false });

  const own = layerNormLayer(p.at("norm1"), tokens, 1e-5);
  const self = attention.self(
    site,
    project("attn1.to_q", own),
    project("attn1.to_k", own),
    project("attn1.to_v", own),
  );
  let x = add(tokens, linearLayer(p.at("attn1.to_out.0"), self, width));

  const query = layerNormLayer(p.at("norm2"), x, 1e-5);
  const cross = attention.cross(
    site,
    project("attn2.to_q", query),
    project("attn2.to_k", text),
    project("attn2.to_v", text),
  );
  x = add(alike(context, x, cross), linearLayer(p.at("attn2.to_out.0"), cross, width));

  x = add(x, feedForward(p.at("ff"), layerNormLayer(p.at("norm3"), x, 1e-5)));
  return temporalAttention(context, p, x, site.heads);
}

/** Spatial transformer: x [B·F, C, H, W], text [B, L, D] → [B·F, C, H, W], or of fewer branches. */
export function transformer(
  context: UNetContext,
  config: UNetConfig,
  p: Params,
  x: Value,
  text: Value,
): Value {
  const [, c, h, w] = x.shape;
  const width = c as number;
  const normed = groupNormLayer(p.at("norm"), x, config.groups, 1e-6);
  const toTokens = (image: Value): Value =>
    transpose(reshape(image, [image.shape[0]!, width, mulDims(h!, w!)]), [0, 2, 1]);
  const toImage = (tokens: Value): Value =>
    reshape(transpose(tokens, [0, 2, 1]), [tokens.shape[0]!, width, h!, w!]);

  let tokens = config.linearProjection
    ? linearLayer(p.at("proj_in"), toTokens(normed), width)
    : toTokens(convLayer(p.at("proj_in"), normed, width, 1));
  for (let i = 0; ; i++) {
    const block = p.at(`transformer_blocks.${i}`);
    const site = context.sites.get(block.path);
    if (!site) break;
    tokens = transformerBlock(context, block, site, tokens, text);
  }
  const out = config.linearProjection
    ? toImage(linearLayer(p.at("proj_out"), tokens, width))
    : convLayer(p.at("proj_out"), toImage(tokens), width, 1);
  return add(alike(context, x, out), out);
}
