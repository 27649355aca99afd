import type { Frame } from "../../video/index.ts";
import { type Flow, opticalFlow } from "./optical-flow.ts";
import { linearAt } from "./pyramid.ts";

/** Motion between a frame and the next, both ways, and which pixels of each are seen in the other (1) or not (0). */
export interface PairFlow {
  readonly forward: Flow;
  readonly backward: Flow;
  /** Of the first frame: seen in the second. */
  readonly seenAfter: Uint8Array;
  /** Of the second frame: seen in the first. */
  readonly seenBefore: Uint8Array;
}

/** A clip's motion: one entry for each frame but the last. */
export type ClipFlow = readonly PairFlow[];

export interface ClipFlowOptions {
  /** Ends the work between two frames. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each pair of frames. */
  readonly onPair?: ((done: number, total: number) => void) | undefined;
}

/**
 * Pixels that can be followed: the flow stays in the picture, the flow back from there returns,
 * |w + w'|² ≤ 0.01 (|w|² + |w'|²) + 0.5, and the motion has no edge there, |∇u|² + |∇v|² ≤ 0.01 |w|² + 0.002. Sundaram,
 * Brox, Keutzer, "Dense Point Trajectories by GPU-Accelerated Large Displacement Optical Flow" (2010), as Ruder et al.
 * (2016) and Lai et al. (2018) use it.
 */
export function seenAlong({ width, height, u, v }: Flow, back: Flow): Uint8Array {
  const seen = new Uint8Array(width * height);
  const backU = { width, height, data: back.u };
  const backV = { width, height, data: back.v };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const px = x + u[i]!;
      const py = y + v[i]!;
      if (px < 0 || py < 0 || px > width - 1 || py > height - 1) continue;
      const bu = linearAt(backU, px, py);
      const bv = linearAt(backV, px, py);
      const square = u[i]! ** 2 + v[i]! ** 2;
      const missed = (u[i]! + bu) ** 2 + (v[i]! + bv) ** 2;
      if (missed > 0.01 * (square + bu ** 2 + bv ** 2) + 0.5) continue;
      const right = x < width - 1 ? i + 1 : i;
      const below = y < height - 1 ? i + width : i;
      const edge =
        (u[right]! - u[i]!) ** 2 +
        (u[below]! - u[i]!) ** 2 +
        (v[right]! - v[i]!) ** 2 +
        (v[below]! - v[i]!) ** 2;
      if (edge <= 0.01 * square + 0.002) seen[i] = 1;
    }
  }
  return seen;
}

/** Optical flow through a clip, both ways, and what can be followed. Lets others work between two pairs of frames. */
export async function clipFlow(
  frames: readonly Frame[],
  { signal, onPair }: ClipFlowOptions = {},
): Promise<ClipFlow> {
  const pairs: PairFlow[] = [];
  for (const [t, next] of frames.slice(1).entries()) {
    signal?.throwIfAborted();
    const forward = opticalFlow(frames[t]!, next);
    const backward = opticalFlow(next, frames[t]!);
    const seenAfter = seenAlong(forward, backward);
    pairs.push({ forward, backward, seenAfter, seenBefore: seenAlong(backward, forward) });
    onPair?.(t + 1, frames.length - 1);
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  signal?.throwIfAborted();
  return pairs;
}

/**
 * Share of the pixels that could be followed to the next frame, 0…1: on how much the flow-warp error and the flicker rest.
 * Null for one frame.
 */
export function seenShare(flow: ClipFlow): number | null {
  if (flow.length === 0) return null;
  const shares = flow.map(
    ({ seenAfter }) => seenAfter.reduce((sum, seen) => sum + seen, 0) / seenAfter.length,
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
