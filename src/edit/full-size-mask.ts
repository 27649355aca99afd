import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Frame, resample } from "../video/index.ts";
import type { EditResult } from "./finish-edit.ts";
import { grow, meanOfWords } from "./hole.ts";
import type { Inversion } from "./inversion.ts";
import { meanMask } from "./kept-masks.ts";
import { allowedAt, insideAt, type Marks, type MarksMode } from "./marks.ts";
import { feathered, seamWidth } from "./paste-source.ts";
import type { PlannedEdit } from "./planned-edit.ts";

/** What of a picture is the edit's, before its frames are looked at. */
export interface EditArea {
  /** Where the edit has its own, at the latents' size [F, h, w], 0 or 1; null: everywhere. */
  readonly cells: FloatTensor | null;
  /** Where it may have it at most, at the frames' size [F, H, W], 0…1: what a person said; null: nothing was said. */
  readonly limit: FloatTensor | null;
  /** Whether what changed next to the positions belongs to them. */
  readonly grows: boolean;
  /** What `limit` is made of, where a person's marks are finer than the frames that were edited. */
  readonly marked: MarksMode & {
    /** Where the automatic mask alone lets the edit be, [F, H, W]; null where there is none beside the marks. */
    readonly automatic: FloatTensor | null;
  };
}

/** Share of the steps in which a position has to be the edit's. */
const STEPS = 0.5;
/** τ of the words' mean maps where an edit that speaks of a thing acts without a mask. */
const THING = 0.3;
/** Mean difference in a position, on 0…255, from which the edit has changed it. */
const CHANGED = 20;

const above = ({ shape, data }: FloatTensor, tau: number): FloatTensor =>
  floatTensor(
    shape,
    data.map((value) => Number(value > tau)),
  );

/** Whether an edit without a mask speaks of a thing all the same: then it is where the thing's words are seen. */
const speaksOfThing = ({ plan, preset, hasMask }: PlannedEdit): boolean =>
  plan.mask.sourceTokens.length > 0 && (hasMask || preset === "attribute" || preset === "shape");

/** Whether anything of the originals stays in an edit at their size: else it is the edit itself, enlarged. */
export function keepsOriginal(planned: PlannedEdit): boolean {
  return (
    planned.hand !== null || planned.regions?.keepsRest === true || planned.hasMask || speaksOfThing(planned)
  );
}

/**
 * Where an edit is: by a person's mask; else by its own, as most of its steps had it; else, where it has none and speaks of
 * a thing, by the attention to the thing's words; else everywhere.
 */
export function editArea(inversion: Inversion, result: EditResult): EditArea {
  const { masks, hand, plan, preset, regions } = result;
  const limit = masks?.pixels ?? null;
  // What has another colour has its shape: what changed beside it was not meant to.
  const grows = preset !== "attribute";
  const marked = {
    mode: hand?.mode ?? "replace",
    keepsRest: regions?.keepsRest === true,
    automatic: masks?.automatic ?? null,
  };
  const isDrawn = hand?.mask || (regions?.keepsRest && regions.list.every(({ mask }) => mask !== null));
  if (limit && isDrawn) return { cells: null, limit, grows, marked };
  if (masks) return { cells: above(meanMask(masks), STEPS), limit, grows, marked };
  if (!speaksOfThing(result) || inversion.wordMaps.tokens === 0) return { cells: null, limit, grows, marked };
  return { cells: above(meanOfWords(inversion, plan.mask.sourceTokens), THING), limit, grows, marked };
}

/** Grown by one position to all sides. */
export const widened = (cells: FloatTensor): FloatTensor => grow(cells, { up: 1, down: 1, sideways: 1 });

/** Mean difference of two pictures in each position [1, h, w]: the largest channel's. */
function changeIn(edited: Frame, source: Frame, [h, w]: readonly [number, number]): FloatTensor {
  const { width, height } = edited;
  const sums = new Float64Array(h * w * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * h) / height) * w + Math.floor((x * w) / width);
      const i = 3 * (y * width + x);
      for (let c = 0; c < 3; c++)
        sums[3 * cell + c] = sums[3 * cell + c]! + Math.abs(edited.data[i + c]! - source.data[i + c]!);
    }
  }
  const pixels = (width * height) / (h * w);
  const most = (cell: number): number => Math.max(...sums.subarray(3 * cell, 3 * cell + 3)) / pixels;
  return floatTensor(
    [1, h, w],
    Float32Array.from({ length: h * w }, (_, cell) => most(cell)),
  );
}

/**
 * A frame's positions [1, h, w] with all that the edit changed next to them, on and on: a bus is longer than the car whose
 * mask it has. `edited` and `source` have one size, and the edit the source's colours.
 */
export function withChanges(cells: FloatTensor, edited: Frame, source: Frame): FloatTensor {
  const [, h, w] = cells.shape as [number, number, number];
  const changed = above(changeIn(edited, source, [h, w]), CHANGED);
  let reached = cells;
  for (;;) {
    const { data: near } = widened(reached);
    const next = floatTensor(
      cells.shape,
      reached.data.map((value, i) => Math.max(value, near[i]! * changed.data[i]!)),
    );
    if (next.data.every((value, i) => value === reached.data[i])) return reached;
    reached = next;
  }
}

/** Each position's mean with its neighbours, by 1 2 1: a contour of blocks becomes a line. */
function softened({ shape, data }: FloatTensor): Float32Array {
  const [, h, w] = shape as [number, number, number];
  const along = (from: Float32Array, length: number, stride: number): Float32Array =>
    from.map((value, i) => {
      const k = Math.floor(i / stride) % length;
      const before = k > 0 ? from[i - stride]! : value;
      const after = k < length - 1 ? from[i + stride]! : value;
      return (before + 2 * value + after) / 4;
    });
  return along(along(data, w, 1), h, w);
}

/** 0 up to ¼, 1 from ¾ on, and smooth between: on a straight edge from the middle of a position to that of the next. */
function rise(value: number): number {
  const t = Math.min(1, Math.max(0, 2 * value - 0.5));
  return t * t * (3 - 2 * t);
}

/** Weights of the edit's pixels at a size, of one frame's positions [1, h, w], which hold all of it. */
export function weightsOf(
  cells: FloatTensor,
  to: { readonly width: number; readonly height: number },
): Float32Array {
  const [, height, width] = cells.shape as [number, number, number];
  return resample(softened(cells), { width, height }, to, 1, "triangle").map(rise);
}

/** Weights of the edit's pixels at a size, of one frame of a person's mask [1, H, W]: none outside of it, a seam inside. */
export function limitAt(
  limit: FloatTensor,
  to: { readonly width: number; readonly height: number },
): Float32Array {
  return feathered(insideAt(limit, to), to.width, to.height, seamWidth(to));
}

/** The same of marks that are finer than what was edited: to the pixel, as they are drawn. */
export function fineLimitAt(
  marks: Marks,
  { marked }: EditArea,
  automatic: FloatTensor | null,
  to: { readonly width: number; readonly height: number },
): Float32Array {
  return feathered(allowedAt(marks, automatic, marked, to), to.width, to.height, seamWidth(to));
}
