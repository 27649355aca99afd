import type { Frame } from "../video/index.ts";
import type { ClipFlow } from "./flow/clip-flow.ts";
import { warpFrame } from "./flow/warp.ts";
import type { PixelWeight } from "./psnr.ts";

/** How much things jump in brightness and colour from frame to frame, in levels of 0…255. */
export interface Flicker {
  readonly source: number;
  readonly edited: number;
  /** Of the edit beyond the source: 0 like the source, below 0 steadier. */
  readonly excess: number;
}

/** Mean |jump| over the frames that have both neighbours, null if no pixel counts. */
function jumpsOf(frames: readonly Frame[], flow: ClipFlow, weight: PixelWeight): number | null {
  const means: number[] = [];
  for (let t = 1; t < flow.length; t++) {
    const { data } = frames[t]!;
    const before = flow[t - 1]!;
    const after = flow[t]!;
    const last = warpFrame(frames[t - 1]!, before.backward).data;
    const next = warpFrame(frames[t + 1]!, after.forward).data;
    let sum = 0;
    let total = 0;
    for (let i = 0; i < data.length / 3; i++) {
      const w = before.seenBefore[i]! && after.seenAfter[i]! && weight(t, i);
      if (w === 0) continue;
      for (let k = 3 * i; k < 3 * i + 3; k++) sum += w * Math.abs(data[k]! - (last[k]! + next[k]!) / 2);
      total += 3 * w;
    }
    if (total > 0) means.push(sum / total);
  }
  return means.length === 0 ? null : means.reduce((a, b) => a + b) / means.length;
}

/**
 * Flicker of an edit and of its source: the mean of |Iₜ − (Iₜ₋₁ + Iₜ₊₁)/2| with both neighbours brought along the source's
 * flow, over the pixels that are seen in all three frames, mean over the frames but the first and the last. A second
 * difference: a steady change of light is none, a jump to and fro is. A still clip has 0. The measure is ours; flow and
 * what is seen are those of the flow-warp error. Null for fewer than three frames, or if no pixel counts.
 */
export function flicker(
  source: readonly Frame[],
  edited: readonly Frame[],
  flow: ClipFlow,
  weight: PixelWeight = () => 1,
): Flicker | null {
  const own = jumpsOf(source, flow, weight);
  const its = jumpsOf(edited, flow, weight);
  return own === null || its === null ? null : { source: own, edited: its, excess: its - own };
}
