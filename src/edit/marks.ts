import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { resample } from "../video/index.ts";
import type { PlannedEdit } from "./planned-edit.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What a person marked in one frame: each mask [1, h, w] in 0…1, at a size of its own, in the shape of what was edited. */
export interface Marks {
  readonly mask: FloatTensor | null;
  readonly protect: FloatTensor | null;
  /** Of each region, in their order; null of those that are where their words are. */
  readonly regions: readonly (FloatTensor | null)[];
}

/** A frame's own part of masks of all frames, or of the one that serves them all. */
export const frameOf = (masks: FloatTensor, f: number): FloatTensor => {
  const own = masks.shape[0] === 1 ? 0 : f;
  return floatTensor([1, ...masks.shape.slice(1)], slice0(masks, own, own + 1).data);
};

/** The marks of a frame as they were given to an edit. */
export function marksOf({ hand, regions }: Pick<PlannedEdit, "hand" | "regions">, f: number): Marks {
  const at = (mask: FloatTensor | null | undefined): FloatTensor | null => (mask ? frameOf(mask, f) : null);
  return {
    mask: at(hand?.mask),
    protect: at(hand?.protect),
    regions: (regions?.list ?? []).map(({ mask }) => at(mask)),
  };
}

const sizeOf = ({ shape }: FloatTensor): Size => ({ height: shape[1]!, width: shape[2]! });

/** Whether any of the marks has more pixels than what was edited: it tells more than the edit could see. */
export function areFiner({ mask, protect, regions }: Marks, { width, height }: Size): boolean {
  return [mask, protect, ...regions].some((marked) => {
    const own = marked && sizeOf(marked);
    return own !== null && (own.width > width || own.height > height);
  });
}

/** A mask [1, h, w] at a size: half of the rise of an edge that enlarging smears lies outside, and counts as nothing. */
export function insideAt(mask: FloatTensor, to: Size): Float32Array {
  const own = sizeOf(mask);
  const sized = resample(mask.data, own, to, 1, "triangle");
  const isSmeared = own.width < to.width || own.height < to.height;
  return isSmeared ? sized.map((value) => Math.max(0, 2 * value - 1)) : sized;
}

/** What marks are to the automatic mask: as `maskMode` says; of regions they are all there is beside their words. */
export interface MarksMode {
  readonly mode: "replace" | "add" | "cut";
  /** Whether what lies outside of the regions stays as it is. */
  readonly keepsRest: boolean;
}

/** Where an edit may have its pixels by the marks of a frame and the automatic mask [1, H, W], at a size, 0…1; no seam yet. */
export function allowedAt(
  { mask, protect, regions }: Marks,
  automatic: FloatTensor | null,
  { mode, keepsRest }: MarksMode,
  to: Size,
): Float32Array {
  const out = new Float32Array(to.width * to.height);
  const own = automatic && insideAt(automatic, to);
  if (keepsRest) {
    if (own) out.set(own);
    for (const region of regions) {
      const marked = region && insideAt(region, to);
      // What lies on top of another hides it: together they have what either has.
      if (marked) for (let i = 0; i < out.length; i++) out[i] = 1 - (1 - out[i]!) * (1 - marked[i]!);
    }
  } else if (mask) {
    const marked = insideAt(mask, to);
    const merge = mode === "add" ? Math.max : Math.min;
    for (let i = 0; i < out.length; i++)
      out[i] = own && mode !== "replace" ? merge(own[i]!, marked[i]!) : marked[i]!;
  } else out.fill(1);
  if (!protect) return out;
  const { shape, data } = protect;
  const open = insideAt(
    floatTensor(
      shape,
      data.map((value) => 1 - value),
    ),
    to,
  );
  for (let i = 0; i < out.length; i++) out[i] = out[i]! * open[i]!;
  return out;
}
