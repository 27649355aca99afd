import type { Frame } from "../video/index.ts";
import type { ClipFlow } from "./flow/clip-flow.ts";
import { warpFrame } from "./flow/warp.ts";
import type { PixelWeight } from "./psnr.ts";

/**
 * Flow-warp error of a clip: each frame's next is brought back along the flow, and the mean squared difference is taken over
 * the pixels that are seen in both, in values 0…1, mean over the pairs of frames; 0 for a still clip. `flow` is the source
 * clip's, also for an edit of it; an edit's figure is to be read beside the source's own, which is what noise, light and
 * the flow's own faults cost. Null for one frame, or if no pixel counts; `weight` is that of the pair's first frame.
 * Lai et al., "Learning Blind Video Temporal Consistency" (2018), §4.1.
 */
export function flowWarpError(
  frames: readonly Frame[],
  flow: ClipFlow,
  weight: PixelWeight = () => 1,
): number | null {
  const errors: number[] = [];
  for (const [t, { forward, seenAfter }] of flow.entries()) {
    const { data } = frames[t]!;
    const warped = warpFrame(frames[t + 1]!, forward).data;
    let sum = 0;
    let total = 0;
    for (const [i, seen] of seenAfter.entries()) {
      const w = seen && weight(t, i);
      if (w === 0) continue;
      for (let k = 3 * i; k < 3 * i + 3; k++) sum += w * ((data[k]! - warped[k]!) / 255) ** 2;
      total += 3 * w;
    }
    if (total > 0) errors.push(sum / total);
  }
  return errors.length === 0 ? null : errors.reduce((a, b) => a + b) / errors.length;
}
