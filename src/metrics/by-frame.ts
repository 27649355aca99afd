import { slice0 } from "../tensor/index.ts";
import { clipTextScore, temporalConsistency } from "./clip-scores.ts";
import { flicker } from "./flicker.ts";
import {
  type EditMeasures,
  type Likeness,
  likeness,
  type MeasuredClips,
  measureClips,
} from "./measure-edit.ts";
import type { PixelWeight } from "./psnr.ts";
import type { EmbeddedEdit } from "./score-with-clip.ts";
import { flowWarpError } from "./warp-error.ts";

/** A measure of the edit and the same of its source. */
export interface BesideSource {
  readonly edited: number | null;
  readonly source: number | null;
}

/** How an edit goes over time: each measure as its function tells, of parts of the clip in their order. */
export interface MeasuresByFrame {
  /** Of each frame by itself. */
  readonly frames: readonly (Pick<EditMeasures, "kept" | "keptBound" | "truth" | "maskIou"> & {
    /** Against the source: the whole picture, and inside the mask. */
    readonly whole: Likeness;
    readonly inside: Likeness | null;
  })[];
  /** Flow-warp error from each frame to the next: one less than frames. */
  readonly warpError: readonly BesideSource[];
  /** Flicker of each frame that has both neighbours: two less than frames. */
  readonly flicker: readonly BesideSource[];
}

/** A weight of the frames from `f` on. */
const from =
  (weight: PixelWeight, f: number): PixelWeight =>
  (g, i) =>
    weight(f + g, i);

/** The measures of `measureClips` over time: of each frame, each pair and each three of an edit. */
export function measureByFrame({ source, edited, flow, mask, truth, bound }: MeasuredClips): MeasuresByFrame {
  const frames = edited.map((_, f) => {
    const one = <T>(clip: readonly T[] | null): readonly T[] | null =>
      clip === null ? null : clip.slice(f, f + 1);
    const [before, after] = [one(source)!, one(edited)!];
    const own = mask && from(mask, f);
    const {
      kept,
      keptBound,
      truth: toTruth,
      maskIou,
    } = measureClips({
      ...{ source: before, edited: after, flow: [], mask: own, truth: one(truth), bound: one(bound) },
    });
    const inside = own && likeness(before, after, own);
    return { kept, keptBound, truth: toTruth, maskIou, whole: likeness(before, after), inside };
  });
  const warpError = flow.map((pair, t) => ({
    edited: flowWarpError(edited.slice(t, t + 2), [pair]),
    source: flowWarpError(source.slice(t, t + 2), [pair]),
  }));
  const jumps = flow.slice(1).map((pair, t) => {
    const three = (clip: MeasuredClips["source"]) => clip.slice(t, t + 3);
    const both = flicker(three(source), three(edited), [flow[t]!, pair]);
    return { edited: both?.edited ?? null, source: both?.source ?? null };
  });
  return { frames, warpError, flicker: jumps };
}

/** What CLIP says over time. */
export interface ScoresByFrame {
  /** Cosine of each frame of the edit with the source's sentence and with the target's. */
  readonly text: readonly { readonly source: number | null; readonly target: number | null }[];
  /** Cosine of each frame with the next, the paper's Tem-Con before its mean: one less than frames. */
  readonly temporalConsistency: readonly BesideSource[];
}

/** The scores of `scoreEmbedded` over time, before their means are taken. */
export function scoreByFrame({ before, after, from: source, to: target }: EmbeddedEdit): ScoresByFrame {
  const frames = after.shape[0]!;
  const text = Array.from({ length: frames }, (_, f) => {
    const frame = slice0(after, f, f + 1);
    return { source: clipTextScore(frame, source), target: clipTextScore(frame, target) };
  });
  const pairs = Array.from({ length: frames - 1 }, (_, t) => ({
    edited: temporalConsistency(slice0(after, t, t + 2)),
    source: temporalConsistency(slice0(before, t, t + 2)),
  }));
  return { text, temporalConsistency: pairs };
}
