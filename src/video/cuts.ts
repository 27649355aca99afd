import { resizeFrame, toFloat } from "./frame.ts";
import type { Frame } from "./types.ts";

/** Longer side of the small pictures that are compared: coding noise and fine texture are gone at this size. */
const SIDE = 32;
/** They show what is larger than so many of their pixels, so that a movement by half of one is seen as such. */
const SMOOTH = 2;
/** Frames may have moved by so much of a side against each other: what a fast pan or a stride does is no change. */
const MOVED = 0.25;
/** Frames before and behind a pair that it is compared with: nothing changes there as it does at a cut. */
const AROUND = 2;
/** So many times what changes around it changes at a cut. */
const RATIO = 1.8;
/** Least change of a cut. */
const LEAST = 11;
/** Bins of the histogram: luma, and both chromas, which most pictures have little of. */
const BINS = [8, 6, 6] as const;
/** What the bins of each cover. */
const RANGES = [
  [0, 255],
  [-64, 64],
  [-64, 64],
] as const;

/** A picture at the size of comparison in luma and chroma, three values a pixel. */
function smallOf(frame: Frame): Frame {
  const { width, height } = frame;
  const side = (most: number): [width: number, height: number] => {
    const scale = Math.min(1, most / Math.max(width, height));
    return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  };
  const [w, h] = side(SIDE);
  const coarse = resizeFrame(toFloat(frame), ...side(SIDE / SMOOTH), "triangle");
  const small = resizeFrame(coarse, w, h, "triangle");
  const data = new Float32Array(small.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [small.data[i]!, small.data[i + 1]!, small.data[i + 2]!];
    // ITU-R BT.601, chroma around 0.
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    data[i] = luma;
    data[i + 1] = (b - luma) / 1.772;
    data[i + 2] = (r - luma) / 1.402;
  }
  return { width: w, height: h, data };
}

/** Columns and rows of a picture. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a picture of this size shows of itself moved by (dx, dy). */
const overlap = ({ width, height }: Frame, dx: number, dy: number): Part => ({
  left: Math.max(0, -dx),
  top: Math.max(0, -dy),
  width: width - Math.abs(dx),
  height: height - Math.abs(dy),
});

/** Mean absolute difference, the channels' sum, where both pictures are, the second moved by (dx, dy). */
function differenceAt(a: Frame, b: Frame, dx: number, dy: number): number {
  const { left, top, width, height } = overlap(a, dx, dy);
  const shift = 3 * (dy * a.width + dx);
  let sum = 0;
  for (let y = top; y < top + height; y++) {
    const from = 3 * (y * a.width + left);
    for (let i = from; i < from + 3 * width; i++) sum += Math.abs(a.data[i]! - b.data[i + shift]!);
  }
  return sum / (width * height);
}

/** Where the second of two pictures differs least from the first, and by how much. */
function bestMatch(a: Frame, b: Frame) {
  const [x, y] = [a.width, a.height].map((side) => Math.floor(side * MOVED)) as [number, number];
  let best = { dx: 0, dy: 0, difference: differenceAt(a, b, 0, 0) };
  for (let dy = -y; dy <= y; dy++) {
    for (let dx = -x; dx <= x; dx++) {
      const difference = differenceAt(a, b, dx, dy);
      if (difference < best.difference) best = { dx, dy, difference };
    }
  }
  return best;
}

/** How the colours of a part are spread, shares of 1. A value between two bins counts for both, so that none jumps. */
function histogramOf(picture: Frame, { left, top, width, height }: Part): Float64Array {
  const shares = new Float64Array(BINS[0] * BINS[1] * BINS[2]);
  for (let p = 0; p < width * height; p++) {
    const i = 3 * ((top + Math.floor(p / width)) * picture.width + left + (p % width));
    const at = BINS.map((bins, c) => {
      const [from, to] = RANGES[c]!;
      const place = ((picture.data[i + c]! - from) / (to - from)) * bins - 0.5;
      return Math.min(bins - 1, Math.max(0, place));
    });
    for (let corner = 0; corner < 8; corner++) {
      let [bin, weight] = [0, 1 / (width * height)];
      for (const [c, place] of at.entries()) {
        const low = Math.floor(place);
        const isHigh = (corner >> c) & 1;
        weight *= isHigh ? place - low : 1 - (place - low);
        bin = bin * BINS[c]! + Math.min(BINS[c]! - 1, low + isHigh);
      }
      shares[bin]! += weight;
    }
  }
  return shares;
}

/** How much two small pictures differ where both show the same: in what is where, and in percent of other colours. */
function changeOf(a: Frame, b: Frame): number {
  const { dx, dy, difference } = bestMatch(a, b);
  const before = histogramOf(a, overlap(a, dx, dy));
  const after = histogramOf(b, overlap(b, -dx, -dy));
  const recoloured = 50 * before.reduce((sum, share, bin) => sum + Math.abs(share - after[bin]!), 0);
  return Math.sqrt(difference * recoloured);
}

/**
 * The first frames of the scenes of a clip after its first one, rising; empty where it is one scene. At a cut more changes
 * than from frame to frame around it, in what is where, a movement of the whole left out, and in the histogram of colours:
 * a pan or a fast thing changes the colours little, a fade changes several frames, a flash changes them back. Scenes of fewer
 * than three frames within a clip are not told from these, nor what two frames are alone. That a threshold is one of what is
 * around is as in PySceneDetect's AdaptiveDetector, which takes the mean of it and looks at pixels alone.
 */
export function findCuts(frames: readonly Frame[]): readonly number[] {
  const small = frames.map(smallOf);
  const changes = small.slice(1).map((picture, i) => changeOf(small[i]!, picture));
  const last = small.length - 1;
  if (last < 2) return [];
  return changes.flatMap((change, i) => {
    const around = [...changes.slice(Math.max(0, i - AROUND), i), ...changes.slice(i + 1, i + 1 + AROUND)];
    if (change < LEAST || change < RATIO * Math.max(...around)) return [];
    return changeOf(small[i]!, small[Math.min(i + 1 + AROUND, last)]!) < LEAST ? [] : [i + 1];
  });
}
