import type { Frame } from "../src/index.ts";
import { type ClipFlow, flowWarpError } from "../src/metrics/index.ts";

/** The mean flow-warp error, ·10⁴, of some pairs of frames, by the first of each; `flow` is that of the source. */
export function warpOver(
  frames: readonly Frame[],
  flow: ClipFlow,
  isOf: (pair: number) => boolean = () => true,
): number {
  const errors = flow.flatMap((pair, t) => {
    const error = isOf(t) ? flowWarpError(frames.slice(t, t + 2), [pair]) : null;
    return error === null ? [] : [error];
  });
  return (1e4 * errors.reduce((sum, error) => sum + error, 0)) / errors.length;
}
