import { FateZeroError } from "../errors.ts";
import type { FloatTensor } from "../tensor/index.ts";
import {
  type Crop,
  checkedFrame,
  cropFrame,
  cropRectangle,
  type Frame,
  type GivenFrame,
  type Rectangle,
  resizeFrame,
  toUint8,
} from "../video/index.ts";
import { applyColors, matchColors } from "./color-match.ts";
import type { EditResult } from "./finish-edit.ts";
import {
  type EditArea,
  editArea,
  fineLimitAt,
  limitAt,
  weightsOf,
  widened,
  withChanges,
} from "./full-size-mask.ts";
import { framesOf, type Inversion } from "./inversion.ts";
import { areFiner, frameOf, type Marks, marksOf } from "./marks.ts";
import { seamWidth } from "./paste-source.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Times the width of a seam, in which a part ends that was cut out. */
const RIM = 4;

export interface FullSizeOptions {
  /** What was cut off the originals before they were inverted, in their own pixels. @default "none" */
  readonly crop?: Crop;
  /**
   * Bring the edit to the source's colours where it was to keep them, frame by frame: colours drift on the way through
   * the model. @default true
   */
  readonly matchColors?: boolean;
}

/** Where the edit has its pixels in a frame: the weight of each, of a picture of a size; null: everywhere. */
function weightsIn(
  area: EditArea,
  f: number,
  { edited, source, marks }: { readonly edited: Frame; readonly source: Frame; readonly marks: Marks },
  to: Size,
): Float32Array | null {
  const { cells, limit, grows, marked } = area;
  const { automatic } = marked;
  const outer =
    limit &&
    (areFiner(marks, edited)
      ? fineLimitAt(marks, area, automatic && frameOf(automatic, f), to)
      : limitAt(frameOf(limit, f), to));
  const own = cells && frameOf(cells, f);
  const inner = own && weightsOf(widened(grows ? withChanges(own, edited, source) : own), to);
  if (!inner || !outer) return inner ?? outer;
  return inner.map((weight, i) => Math.min(weight, outer[i]!));
}

/** Weights that fall to nothing at the edges of a part, but for those that are the picture's own too. */
function withinRim(weights: Float32Array | null, part: Rectangle, whole: Size): Float32Array | null {
  const { left, top, width, height } = part;
  const right = whole.width - left - width;
  const bottom = whole.height - top - height;
  if (left + top + right + bottom === 0) return weights;
  const seam = RIM * seamWidth(part);
  const along = (before: number, after: number, length: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => {
      const fromStart = before > 0 ? (i + 1) / (seam + 1) : 1;
      const fromEnd = after > 0 ? (length - i) / (seam + 1) : 1;
      return Math.min(1, fromStart, fromEnd);
    });
  const [across, down] = [along(left, right, width), along(top, bottom, height)];
  const out = weights ?? new Float32Array(width * height).fill(1);
  return out.map((weight, i) => weight * across[i % width]! * down[Math.floor(i / width)]!);
}

/** 1 for each pixel of the model's frame that the edit was to keep. */
function keptPixels({ cells, limit }: EditArea, f: number, { width, height }: Frame): Float32Array | null {
  const at = (mask: FloatTensor): ((x: number, y: number) => number) => {
    const [, h, w] = mask.shape as [number, number, number];
    return (x, y) => mask.data[Math.floor((y * h) / height) * w + Math.floor((x * w) / width)]!;
  };
  const own = cells && at(widened(frameOf(cells, f)));
  const most = limit && at(frameOf(limit, f));
  if (!own && !most) return null;
  const kept = new Float32Array(width * height);
  for (let i = 0; i < kept.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    kept[i] = Number(own?.(x, y) === 0 || most?.(x, y) === 0);
  }
  return kept;
}

/** A picture over a part of another; what has no weight keeps its bits. */
function over(
  under: Frame,
  { left, top, width, height }: Rectangle,
  edit: Frame,
  weights: Float32Array | null,
) {
  const data = Uint8Array.from(toUint8(under).data);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const weight = weights ? weights[y * width + x]! : 1;
      if (weight === 0) continue;
      const at = 3 * ((top + y) * under.width + left + x);
      const from = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) {
        const value = data[at + c]!;
        data[at + c] = Math.round(value + weight * (edit.data[from + c]! - value));
      }
    }
  }
  return { width: under.width, height: under.height, data };
}

/** The edit's frame in the source's colours, as far as it was to keep them. */
function inItsColors(edited: Frame, source: Frame, kept: Float32Array | null): Frame {
  return kept ? applyColors(edited, matchColors(edited, source, kept)) : edited;
}

function otherLength(got: string, frames: number): FateZeroError {
  return new FateZeroError(
    "bad-argument",
    `fullSize got ${got} original frames, and ${frames} were edited.`,
    "Give the frames that were inverted, at their own size: the same range of the same clip.",
  );
}

/** A frame of the edit at its original's size, by its number; `marks` are a person's masks in it, finer than the edit has them. */
export type AtFullSize = (f: number, original: Frame, marks?: Marks) => Frame & { readonly data: Uint8Array };

/** What puts an edit into its originals. */
export function intoOriginals(
  inversion: Inversion,
  result: EditResult,
  { crop = "none", matchColors: matches = true }: FullSizeOptions = {},
): AtFullSize {
  const area = editArea(inversion, result);
  const edits = result.masks?.unpasted ?? result.frames;
  return (f, original, marks = marksOf(result, f)) => {
    const edit = edits[f]!;
    const part = cropRectangle(original.width, original.height, crop);
    const source = resizeFrame(cropFrame(original, part), edit.width, edit.height);
    const edited = matches ? inItsColors(edit, source, keptPixels(area, f, edit)) : edit;
    const weights = withinRim(weightsIn(area, f, { edited, source, marks }, part), part, original);
    return over(original, part, resizeFrame(edited, part.width, part.height), weights);
  };
}

/**
 * An edit at the size of the originals, frame by frame as they come: inside the edit's mask the edit, enlarged and in the
 * source's colours, with a soft seam; outside, and where a crop cut off, the original's own pixels to the bit. Of an edit of
 * everything (style) it is the edit enlarged. Masks that a person gave hold at their own size: drawn on the originals, they
 * keep to the pixel. Nothing is kept in memory but the frame that is worked on.
 *
 * `result` needs `keepMasks`; `originals` are the frames that were inverted, before any crop or scaling.
 *
 * @throws FateZeroError `bad-argument` where there are more or fewer originals than edited frames, `bad-frame`, `bad-crop`
 * @example
 * const result = await edit(model, inversion, { prompt: "a blue car on a road under a blue sky", keepMasks: true });
 * const frames = fullSize(inversion, result, streamVideo("car-4k.mp4", { frames: 8 }));
 * await writeVideo("blue-4k.mp4", frames, { like: result, audio: "copy" });
 */
export async function* fullSize(
  inversion: Inversion,
  result: EditResult,
  originals: AsyncIterable<GivenFrame> | Iterable<GivenFrame>,
  options: FullSizeOptions = {},
): AsyncGenerator<Frame & { readonly data: Uint8Array }, void, undefined> {
  const atFullSize = intoOriginals(inversion, result, options);
  const frames = framesOf(inversion);
  let f = 0;
  for await (const given of originals) {
    if (f === frames) throw otherLength("more", frames);
    yield atFullSize(f, checkedFrame(given, f).frame);
    f++;
  }
  if (f < frames) throw otherLength(String(f), frames);
}
