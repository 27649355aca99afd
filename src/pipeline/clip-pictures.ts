import { type JsonObject, readConfig } from "../checkpoint/index.ts";
import { isJsonObject } from "../json.ts";
import { MAX_VISION_SIDE } from "../limits.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { cropFrame, type Frame, type Kernel, resizeAsPillow } from "../video/index.ts";

/** How pictures are made ready for CLIP. */
export interface PictureSettings {
  /** Pixels of a side of the square that it sees. */
  readonly side: number;
  /** Pixels that the shorter side is scaled to, or both sides, whatever the aspect ratio. */
  readonly scale: number | { readonly width: number; readonly height: number };
  readonly kernel: Kernel;
  /** Of each channel in 0…1: what is subtracted, and what the rest is divided by. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Of the pictures that OpenAI's CLIP was trained on. */
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const DEVIATION = [0.26862954, 0.26130258, 0.27577711];

/** Pillow's numbers of kernels. */
const KERNELS: ReadonlyMap<unknown, Kernel> = new Map([
  [1, "lanczos3"],
  [2, "triangle"],
  [3, "bicubic"],
]);

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_VISION_SIDE;

/** Reads preprocessor_config.json, called `file`; without one it is as OpenAI's CLIP has it. `side` is what the network sees. */
export function pictureSettings(config: JsonObject | null, file: string, side: number): PictureSettings {
  const { wrong, boolean } = readConfig(config ?? {}, file);
  for (const key of ["do_resize", "do_center_crop", "do_rescale", "do_normalize"])
    if (!boolean(key, true)) throw wrong(key, "true");

  const scaleOf = (value: unknown): PictureSettings["scale"] => {
    if (isSide(value)) return value;
    if (isJsonObject(value)) {
      const { shortest_edge, width, height } = value;
      if (isSide(shortest_edge)) return shortest_edge;
      if (isSide(width) && isSide(height)) return { width, height };
    }
    throw wrong("size", `pixels from 1 to ${MAX_VISION_SIDE}, of the shortest edge or of width and height`);
  };
  const scale = scaleOf(config?.size ?? side);
  const shortest = typeof scale === "number" ? scale : Math.min(scale.width, scale.height);
  if (shortest < side) throw wrong("size", `at least the ${side} pixels that the network sees`);

  const cut = config?.crop_size ?? side;
  const cuts = isJsonObject(cut) ? [cut.width, cut.height] : [cut];
  if (cuts.some((value) => value !== side)) throw wrong("crop_size", `the ${side} that the network sees`);

  const kernel = KERNELS.get(config?.resample ?? 3);
  if (!kernel) throw wrong("resample", "1 (Lanczos), 2 (bilinear) or 3 (bicubic)");
  const factor = config?.rescale_factor ?? 1 / 255;
  if (typeof factor !== "number" || Math.abs(factor * 255 - 1) > 1e-4) throw wrong("rescale_factor", "1/255");

  const perChannel = (key: string, fallback: readonly number[], least: number): readonly number[] => {
    const values = config?.[key] ?? fallback;
    const isGood = (value: unknown) => typeof value === "number" && value >= least && value <= 10;
    if (Array.isArray(values) && values.length === 3 && values.every(isGood)) return values;
    throw wrong(key, `three numbers from ${least} to 10`);
  };
  const mean = perChannel("image_mean", MEAN, -10);
  return { side, scale, kernel, mean, deviation: perChannel("image_std", DEVIATION, 1e-3) };
}

/** Half of a number of pixels, rounded as Python rounds: halves to even. */
function halfOf(pixels: number): number {
  const half = pixels / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}

/**
 * What CLIP sees of a picture as the released script makes it (CLIP/frame_acc_tem_con.py): of a tall one the bottom square
 * alone, which for its sheets cuts off what is written above.
 */
function bottomSquare(frame: Frame): Frame {
  const { width, height } = frame;
  if (height <= width) return frame;
  return cropFrame(frame, { left: 0, top: height - width, width, height: width });
}

/**
 * Frames, which may differ in size, as CLIP sees them: the shorter side scaled as Pillow does, in 8 bits, the square in the
 * middle, each channel normalised. compat takes the bottom of what is tall. Returns [frames, 3, side, side].
 */
export function clipPixels(
  frames: readonly Frame[],
  { side, scale, kernel, mean, deviation }: PictureSettings,
  compat?: "fatezero",
): FloatTensor {
  const pixels = floatTensor([frames.length, 3, side, side]);
  const area = side * side;
  for (const [f, given] of frames.entries()) {
    const frame = compat ? bottomSquare(given) : given;
    const { width, height } = frame;
    const long = (short: number): number =>
      Math.trunc((short * Math.max(width, height)) / Math.min(width, height));
    const to =
      typeof scale !== "number"
        ? scale
        : width <= height
          ? { width: scale, height: long(scale) }
          : { width: long(scale), height: scale };
    const square = {
      left: halfOf(to.width - side),
      top: halfOf(to.height - side),
      width: side,
      height: side,
    };
    const { data } = resizeAsPillow(frame, to, square, kernel);
    for (let c = 0; c < 3; c++) {
      const plane = pixels.data.subarray((f * 3 + c) * area, (f * 3 + c + 1) * area);
      for (let i = 0; i < area; i++) plane[i] = (data[i * 3 + c]! / 255 - mean[c]!) / deviation[c]!;
    }
  }
  return pixels;
}
