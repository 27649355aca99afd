import { threshold } from "../attention/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { framesBehind, withBehind } from "./behind.ts";
import { type Growth, grow, holeMask, meanOfWords } from "./hole.ts";
import { type Inversion, latentsAt } from "./inversion.ts";
import type { BlendStep } from "./latent-blend.ts";
import { blendLatents, type EditMaskSource } from "./masks.ts";
import { atLevel, roughFill } from "./rough-fill.ts";

/** What taking a thing away needs beside an edit's own. */
export interface PreparedRemoval {
  /** Where the thing and its shadow are, grown; the same at every step. */
  readonly mask: EditMaskSource;
  /** Position by position of [F, h, w], the frame that shows what is behind; −1 where it is made up or nothing is removed. */
  readonly behind: Int32Array;
  /** 1 inside the hole, [F, h, w]. */
  readonly hole: FloatTensor;
  /** The latents that the edit starts from. */
  readonly start: FloatTensor;
  /** After every step, what is not made up is the source's, or what other frames show. */
  readonly blend: BlendStep;
}

/**
 * Share of the steps, from the noisiest, in which what is made up is a smooth fill from the rim at the step's noise: the
 * inverted noise inside the hole still knows the thing, and a model that always saw one draws another (docs/removal.md).
 */
const ROUGH_STEPS = 0.8;

/** Soft mask above which words are there. */
const NAMED = 0.2;
/** How far from its words a thing and its shadow reach, in cells of a 16×16 map. */
const NEAR: Growth = { up: 2, down: 2, sideways: 3 };
/** How far the hole grows in such cells: shadows fall on the ground and to a side. */
const GROWTH: Growth = { up: 0, down: 1, sideways: 1 };

/** A map [F, h, w] grown by cells of a 16×16 map. */
function growByCells(map: FloatTensor, { up, down, sideways }: Growth): FloatTensor {
  const cell = Math.max(1, Math.round(Math.min(...map.shape.slice(1)) / 16));
  return grow(map, { up: up * cell, down: down * cell, sideways: sideways * cell });
}

/** A map of differences [F, h, w] near the words of a thing: elsewhere they are none of it. */
function nearWords(difference: FloatTensor, words: FloatTensor): FloatTensor {
  const near = growByCells(threshold(words, NAMED), NEAR);
  return floatTensor(
    difference.shape,
    difference.data.map((value, i) => value * near.data[i]!),
  );
}

/**
 * Settles what a removal needs: the hole, what other frames show of it, and what stands in the rest at first. The map of the
 * hole is that of the words, or of where the predictions differ; `noisiest` is ᾱ of the inversion's end.
 */
export function prepareRemoval(
  inversion: Inversion,
  tokens: readonly number[],
  difference: FloatTensor | null,
  { tau, noisiest }: { readonly tau: number; readonly noisiest: number },
): PreparedRemoval {
  const { steps } = inversion;
  const words = meanOfWords(inversion, tokens);
  const own = difference ? nearWords(difference, words) : words;
  const map = growByCells(own, GROWTH);
  const hole = threshold(map, tau);
  const clean = latentsAt(inversion, 0);
  const behind = framesBehind(hole, clean, inversion.settings.cuts);
  const made = floatTensor(
    hole.shape,
    hole.data.map((inside, i) => (behind[i]! < 0 ? inside : 0)),
  );
  const rough = roughFill(withBehind(clean, behind), made);
  /** Around the hole and behind it as the clip has it, and inside what is made up. */
  const around = (inside: FloatTensor, entry: number): FloatTensor =>
    blendLatents(inside, withBehind(latentsAt(inversion, entry), behind), made);
  return {
    ...{ hole, behind, mask: holeMask(map) },
    start: around(atLevel(rough, noisiest), steps),
    blend: ({ index, inverted, alphaTo }, z, targetMaps) => ({
      z: around(index + 1 <= Math.round(ROUGH_STEPS * steps) ? atLevel(rough, alphaTo) : z, inverted),
      targetMaps,
    }),
  };
}

/** How a removal went. */
export interface RemovalFacts {
  /** Share of the hole that other frames show, 0…1: what is behind is taken from them there. */
  readonly shown: number;
}

/** What is to be told of a removal. */
export function removalFacts({ hole, behind }: PreparedRemoval): RemovalFacts {
  const size = hole.data.reduce((sum, inside) => sum + inside, 0);
  const shown = behind.reduce((sum, frame) => sum + Number(frame >= 0), 0);
  return { shown: size === 0 ? 0 : shown / size };
}
