import type { ConfigReader } from "../../checkpoint/index.ts";
import { add, div, filled, mul, relu, sub, tanh, upsample2x, type Value } from "../../graph/index.ts";
import { MAX_LATENT_CHANNELS, MAX_LAYERS, MAX_LEVELS, MAX_WIDTH } from "../../limits.ts";
import { convLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { IMAGE_CHANNELS, type VaeConfig } from "./config.ts";

/** One half of a TAESD: its width, and the blocks of each resolution level in the order in which they run. */
interface TinyHalf {
  readonly width: number;
  readonly blocks: readonly number[];
}

export interface TinyVaeConfig extends VaeConfig {
  readonly kind: "AutoencoderTiny";
  readonly encoder: TinyHalf;
  readonly decoder: TinyHalf;
}

/** Of the released TAESD. */
const WIDTHS = [64, 64, 64, 64];
const BLOCKS = { encoder: [1, 3, 3, 3], decoder: [3, 3, 3, 1] };

function halfConfig(config: ConfigReader, half: keyof typeof BLOCKS): TinyHalf {
  const [widthsKey, blocksKey] = [`${half}_block_out_channels`, `num_${half}_blocks`];
  const widths = config.counts(widthsKey, MAX_LEVELS, MAX_WIDTH, WIDTHS);
  const blocks = config.counts(blocksKey, MAX_LEVELS, MAX_LAYERS, BLOCKS[half]);
  const [width] = widths as [number, ...number[]];
  if (widths.some((other) => other !== width))
    throw config.wrong(widthsKey, "a list of one width throughout: no layer of the network changes it");
  if (blocks.length !== widths.length)
    throw config.wrong(blocksKey, `a list of ${widths.length} numbers, as "${widthsKey}" has levels`);
  return { width, blocks };
}

/** `latent_magnitude` and `latent_shift` are of latents packed into bytes, which no diffusion model sees. */
export function tinyVaeConfig(config: ConfigReader): TinyVaeConfig {
  config.only("act_fn", "relu");
  config.only("upsample_fn", "nearest");
  config.only("upsampling_scaling_factor", 2);
  config.only("shift_factor", 0);
  config.only("in_channels", IMAGE_CHANNELS);
  config.only("out_channels", IMAGE_CHANNELS);
  const [encoder, decoder] = [halfConfig(config, "encoder"), halfConfig(config, "decoder")];
  const levels = encoder.blocks.length;
  if (decoder.blocks.length !== levels)
    throw config.wrong("decoder_block_out_channels", `a list of ${levels}, as the encoder has levels`);
  return {
    kind: "AutoencoderTiny",
    imageChannels: IMAGE_CHANNELS,
    latentChannels: config.count("latent_channels", MAX_LATENT_CHANNELS, 4),
    encoder,
    decoder,
    scalingFactor: config.number("scaling_factor", { least: 1e-6, most: 1e6, fallback: 1 }),
    downscale: 2 ** (levels - 1),
  };
}

/** Three convolutions around which x goes, all of one width. */
function block(p: Params, x: Value, width: number): Value {
  const conv = (index: number, y: Value): Value =>
    convLayer(p.at(`conv.${index}`), y, width, 3, { padding: 1 });
  return relu(add(conv(4, relu(conv(2, relu(conv(0, x))))), x));
}

/** The layers of a half, which have their places in a list as names. */
function layersOf(p: Params): () => Params {
  let place = 0;
  return () => p.at(`layers.${place++}`);
}

/** Images [B, 3, H, W] in −1…1 → latents [B, latent, h, w], which have no variance. */
export function tinyEncoder(p: Params, config: TinyVaeConfig, images: Value) {
  const { width, blocks } = config.encoder;
  const next = layersOf(p.at("encoder"));
  let x = div(add(images, 1), 2);
  for (const [level, count] of blocks.entries()) {
    const options = level === 0 ? { padding: 1 } : ({ padding: 1, stride: 2, bias: false } as const);
    x = convLayer(next(), x, width, 3, options);
    for (let i = 0; i < count; i++) x = block(next(), x, width);
  }
  const mean = convLayer(next(), x, config.latentChannels, 3, { padding: 1 });
  return { mean, logVariance: filled(mean.shape, Number.NEGATIVE_INFINITY) };
}

/** Latents beyond this are pressed together. */
const MOST_LATENT = 3;

/** Unscaled latents [B, latent, h, w] → images [B, 3, H, W], about −1…1. */
export function tinyDecoder(p: Params, config: TinyVaeConfig, latents: Value): Value {
  const { width, blocks } = config.decoder;
  const next = layersOf(p.at("decoder"));
  let x = mul(tanh(div(latents, MOST_LATENT)), MOST_LATENT);
  x = relu(convLayer(next(), x, width, 3, { padding: 1 }));
  // Activations and upsamplings have places in the list too, and no weights.
  next();
  for (const [level, count] of blocks.entries()) {
    for (let i = 0; i < count; i++) x = block(next(), x, width);
    if (level < blocks.length - 1) {
      next();
      x = convLayer(next(), upsample2x(x), width, 3, { padding: 1, bias: false });
    }
  }
  return sub(mul(convLayer(next(), x, config.imageChannels, 3, { padding: 1 }), 2), 1);
}
