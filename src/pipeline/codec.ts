import { concat0, type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { checkFinite } from "./check.ts";
import type { Model } from "./model.ts";

/** Pixels that go through the VAE in one run: bounds its memory, which grows with the picture. */
const PIXELS_PER_RUN = 2 ** 17;

/** Pictures of a size that go through the VAE in one run. */
export function imagesPerRun(width: number, height: number): number {
  return Math.max(1, Math.floor(PIXELS_PER_RUN / (width * height)));
}

/** Frames of one size as images [F, 3, H, W] in −1…1. */
export function framesToImages(frames: readonly Frame[]): FloatTensor {
  const { width, height } = frames[0]!;
  const pixels = width * height;
  const images = floatTensor([frames.length, 3, height, width]);
  for (const [f, { data }] of frames.entries()) {
    for (let c = 0; c < 3; c++) {
      const plane = images.data.subarray((f * 3 + c) * pixels, (f * 3 + c + 1) * pixels);
      for (let i = 0; i < pixels; i++) plane[i] = data[i * 3 + c]! / 127.5 - 1;
    }
  }
  return images;
}

/** Images [F, 3, H, W] in −1…1 as 8-bit frames, values outside clamped. */
export function imagesToFrames(images: FloatTensor): Frame[] {
  const [count, , height, width] = images.shape as [number, number, number, number];
  const pixels = width * height;
  return Array.from({ length: count }, (_, f) => {
    const data = new Uint8Array(pixels * 3);
    for (let c = 0; c < 3; c++) {
      const plane = images.data.subarray((f * 3 + c) * pixels, (f * 3 + c + 1) * pixels);
      for (let i = 0; i < pixels; i++)
        data[i * 3 + c] = Math.round(Math.min(1, Math.max(0, plane[i]! / 2 + 0.5)) * 255);
    }
    return { width, height, data };
  });
}

interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onRun?: (done: number) => void;
}

interface DecodeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The latents that images may have: a normal distribution of each value, times the scaling factor. */
export interface Posterior {
  /** [F, C, h, w] */
  readonly mean: FloatTensor;
  readonly deviation: FloatTensor;
}

/**
 * ln σ² of a posterior as far as the released models are believed (diffusers' DiagonalGaussianDistribution). One of −∞ is
 * no estimate: the encoder gives latents and no posterior.
 */
const [LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE] = [-30, 20];

/** Pictures that go through the encoder a few at a time. */
interface Pictures {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Some of them as images [n, 3, H, W]. */
  readonly part: (start: number, end: number) => FloatTensor;
}

async function encode(
  model: Model,
  { count, width, height, part }: Pictures,
  { signal, onRun }: EncodeOptions,
): Promise<Posterior> {
  const graph = await model.openEncoder(signal);
  const step = imagesPerRun(width, height);
  const parts: { readonly mean: FloatTensor; readonly logVariance: FloatTensor }[] = [];
  for (let start = 0; start < count; start += step) {
    const end = Math.min(start + step, count);
    parts.push(await graph.run({ images: part(start, end) }, { signal }));
    onRun?.(end);
  }
  const scale = model.vae.scalingFactor;
  const joined = (of: "mean" | "logVariance", change: (value: number) => number): FloatTensor => {
    const { shape, data } = concat0(parts.map((each) => each[of]));
    return floatTensor(shape, data.map(change));
  };
  return {
    mean: joined("mean", (value) => value * scale),
    deviation: joined("logVariance", (value) => {
      if (value === Number.NEGATIVE_INFINITY) return 0;
      const within = Math.min(MOST_LOG_VARIANCE, Math.max(LEAST_LOG_VARIANCE, value));
      return Math.exp(within / 2) * scale;
    }),
  };
}

/** Images [F, 3, H, W] → the posterior of their latents. */
export function encodePosterior(
  model: Model,
  images: FloatTensor,
  options: EncodeOptions = {},
): Promise<Posterior> {
  const [count, , height, width] = images.shape as [number, number, number, number];
  const part = (start: number, end: number): FloatTensor => slice0(images, start, end);
  return encode(model, { count, width, height, part }, options);
}

/** Images [F, 3, H, W] → latents [F, C, h, w]: the posterior's mean times the scaling factor. */
export async function encodeImages(
  model: Model,
  images: FloatTensor,
  options: EncodeOptions = {},
): Promise<FloatTensor> {
  return (await encodePosterior(model, images, options)).mean;
}

/** Frames of one size → latents [F, C, h, w], without ever holding all of them as floats. */
export async function encodeFrames(
  model: Model,
  frames: readonly Frame[],
  options: EncodeOptions = {},
): Promise<FloatTensor> {
  const { width, height } = frames[0]!;
  const part = (start: number, end: number): FloatTensor => framesToImages(frames.slice(start, end));
  return (await encode(model, { count: frames.length, width, height, part }, options)).mean;
}

/** Latents [F, C, h, w] → images [n, 3, H, W], about −1…1, a few at a time. */
async function* decode(
  model: Pick<Model, "openDecoder" | "vae">,
  latents: FloatTensor,
  { signal }: DecodeOptions,
): AsyncGenerator<FloatTensor, void, void> {
  const graph = await model.openDecoder(signal);
  const [count, , height, width] = latents.shape as [number, number, number, number];
  const step = imagesPerRun(width * model.vae.downscale, height * model.vae.downscale);
  for (let start = 0; start < count; start += step) {
    const { shape, data } = slice0(latents, start, Math.min(start + step, count));
    const unscaled = floatTensor(
      shape,
      data.map((value) => value / model.vae.scalingFactor),
    );
    yield (await graph.run({ latents: unscaled }, { signal })).images;
  }
}

/** Latents [F, C, h, w] → images [F, 3, H, W], about −1…1. */
export async function decodeLatents(
  model: Pick<Model, "openDecoder" | "vae">,
  latents: FloatTensor,
  options: DecodeOptions = {},
): Promise<FloatTensor> {
  const parts: FloatTensor[] = [];
  for await (const images of decode(model, latents, options)) parts.push(images);
  return concat0(parts);
}

/**
 * Latents [F, C, h, w] → 8-bit frames, without ever holding all of them as floats.
 *
 * @throws FateZeroError `not-finite` on values that are no colours
 */
export async function decodeFrames(
  model: Model,
  latents: FloatTensor,
  options: DecodeOptions = {},
): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const images of decode(model, latents, options)) {
    checkFinite(images, "decoding", 1, null);
    frames.push(...imagesToFrames(images));
  }
  return frames;
}
