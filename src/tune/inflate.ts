import type { Component, NamedWeights, WeightInfo } from "../checkpoint/index.ts";
import { type RandomSource, randomSource, type Shape, sizeOf } from "../tensor/index.ts";

/** How the temporal layers of an image model begin. */
export interface InflateOptions {
  /** Rank of the temporal convolutions; "full" are whole ones. */
  readonly rank: number | "full";
  /** Whether the temporal attention begins with PyTorch's random output bias, as the released code has it, or as the identity. */
  readonly randomBias: boolean;
  readonly seed: number;
}

const inMemory = (shape: Shape, data: Float32Array): WeightInfo => ({
  dtype: "float32",
  shape,
  location: { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
});

const filled = (shape: Shape, value: number): WeightInfo =>
  inMemory(shape, new Float32Array(sizeOf(shape)).fill(value));

/** Independent values from −limit to limit, as PyTorch begins its linear layers. */
function uniform(shape: Shape, limit: number, source: RandomSource): WeightInfo {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => (2 * source.uniform() - 1) * limit);
  return inMemory(shape, data);
}

/** A rank that a layer of so many channels can have (video_diffusion/models/lora.py): half of them where it is more. */
const rankOf = (rank: number, channels: number): number =>
  rank <= channels ? rank : Math.max(1, Math.floor(channels / 2));

/** The temporal convolution behind a 3×3 convolution: the identity at first. */
function convolution(channels: number, { rank, seed }: InflateOptions, path: string): NamedWeights {
  if (rank === "full") {
    const weight = new Float32Array(channels * channels * 3);
    for (let c = 0; c < channels; c++) weight[(c * channels + c) * 3 + 1] = 1;
    return new Map([
      ["weight", inMemory([channels, channels, 3], weight)],
      ["bias", filled([channels], 0)],
    ]);
  }
  const low = rankOf(rank, channels);
  const down = randomSource(seed, path).normal([low, channels, 3]);
  return new Map([
    [
      "down.weight",
      inMemory(
        down.shape,
        down.data.map((value) => value / low),
      ),
    ],
    ["up.weight", filled([channels, low, 3], 0)],
  ]);
}

/** The temporal attention of a transformer block, and the norm before it: its output is nothing at first, but for the bias. */
function attention(channels: number, { randomBias, seed }: InflateOptions, path: string): NamedWeights {
  const limit = 1 / Math.sqrt(channels);
  const square = [channels, channels];
  const random = (name: string, shape: Shape) => uniform(shape, limit, randomSource(seed, path, name));
  return new Map([
    ...["to_q", "to_k", "to_v"].map(
      (name) => [`attn_temporal.${name}.weight`, random(name, square)] as const,
    ),
    ["attn_temporal.to_out.0.weight", filled(square, 0)],
    ["attn_temporal.to_out.0.bias", randomBias ? random("bias", [channels]) : filled([channels], 0)],
    ["norm_temporal.weight", filled([channels], 1)],
    ["norm_temporal.bias", filled([channels], 0)],
  ]);
}

/** Block types of an image UNet as those of an inflated one; others stay. */
const inflatedType = (type: unknown): unknown =>
  typeof type === "string" ? type.replace(/2D(CrossAttn)?$/, "Pseudo3D$1") : type;

/** Whether a UNet has temporal layers. */
const isInflated = ({ weights }: Component): boolean =>
  [...weights.keys()].some((name) => name.includes("_temporal."));

/**
 * Inflates an image UNet as Tune-A-Video does: temporal attention after each transformer block's feed-forward, a temporal
 * convolution after each 3×3 convolution, none of which changes anything before it is trained (`randomBias` excepted). An
 * inflated one comes back as it is.
 */
export function inflate(unet: Component, options: InflateOptions): Component {
  if (isInflated(unet)) return unet;
  const weights = new Map(unet.weights);
  const add = (path: string, layers: NamedWeights): void => {
    for (const [name, info] of layers) weights.set(`${path}.${name}`, info);
  };
  for (const [name, { shape }] of unet.weights) {
    const path = name.replace(/\.weight$/, "");
    const [channels] = shape as readonly [number];
    if (shape.length === 4 && shape[2] === 3) {
      const conv = `${path}.conv_temporal`;
      add(conv, convolution(channels, options, conv));
    } else if (path.endsWith(".attn1.to_q")) {
      const block = path.slice(0, -".attn1.to_q".length);
      add(block, attention(channels, options, `${block}.attn_temporal`));
    }
  }
  const { config } = unet;
  const types = (key: string) => (config[key] as unknown[] | undefined)?.map(inflatedType);
  return {
    ...unet,
    weights,
    config: {
      ...config,
      _class_name: "UNetPseudo3DConditionModel",
      down_block_types: types("down_block_types"),
      up_block_types: types("up_block_types"),
      mid_block_type: inflatedType(config.mid_block_type ?? "UNetMidBlock2DCrossAttn"),
      ...(options.rank === "full" ? {} : { lora: options.rank }),
    },
  };
}
