import { FateZeroError } from "../../errors.ts";
import { checkedFrame, type Frame, type GivenFrame } from "../../video/index.ts";
import type { Atlas } from "./fit.ts";
import type { AtlasLayer } from "./networks.ts";
import type { SeenFrame } from "./render.ts";
import { filled, sample, splat, type Texture } from "./texture.ts";

/** A change of both layers. */
type Paint = Readonly<Record<AtlasLayer, Texture>>;

/** Passes over the key frame after the first: each puts what the ones before left over. */
const PASSES = 3;

/**
 * Pixels around one that must be a layer's too before its change is spread over what the key frame does not show. Alpha is
 * seldom right to a pixel: what leaked from the object's edge would be spread over all that is hidden behind it.
 */
const MARGIN: Readonly<Record<AtlasLayer, number>> = { foreground: 0, background: 2 };

/** How much the change of each pixel is believed to be a layer's alone: little where layers mix. */
function trustOf(shares: Float32Array, width: number, margin: number): Float32Array {
  const height = shares.length / width;
  return shares.map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    let least = 1;
    for (let v = Math.max(0, y - margin); v <= Math.min(height - 1, y + margin); v++)
      for (let u = Math.max(0, x - margin); u <= Math.min(width - 1, x + margin); u++)
        least = Math.min(least, shares[v * width + u]!);
    return least ** 4;
  });
}

/** What the change of the layers is in a frame, three values a pixel. */
function changeIn({ foreground, background }: Paint, seen: SeenFrame): Float32Array {
  const front = sample(foreground, seen.foreground);
  const behind = sample(background, seen.background);
  return front.map((value, k) => {
    const share = seen.alpha[Math.floor(k / 3)]!;
    return share * value + (1 - share) * behind[k]!;
  });
}

/** How much of each pixel is a layer's. */
const sharesOf = (layer: AtlasLayer, { alpha }: SeenFrame): Float32Array =>
  layer === "foreground" ? alpha : alpha.map((value) => 1 - value);

/** A layer's change with its part of what is still missing in a frame. */
function corrected(painted: Texture, layer: AtlasLayer, missing: Float32Array, seen: SeenFrame): Texture {
  const shares = sharesOf(layer, seen);
  const part = missing.map((value, k) => value * shares[Math.floor(k / 3)]!);
  const more = splat(painted.side, seen[layer], part, (i) => shares[i]!);
  const data = painted.data.map((value, k) => {
    const known = Math.min(more.weight[Math.floor(k / 3)]!, 1);
    return value + known * more.data[k]!;
  });
  return { ...painted, data };
}

/** The change of both layers that shows in a key frame of this width as `change`, spread to where that does not show them. */
function paintLayers(side: number, change: Float32Array, seen: SeenFrame, width: number): Paint {
  const spread = (layer: AtlasLayer): Texture => {
    const trust = trustOf(sharesOf(layer, seen), width, MARGIN[layer]);
    return filled(splat(side, seen[layer], change, (i) => trust[i]!));
  };
  let paint: Paint = { foreground: spread("foreground"), background: spread("background") };
  for (let pass = 0; pass < PASSES; pass++) {
    const shown = changeIn(paint, seen);
    const missing = change.map((value, k) => value - shown[k]!);
    paint = {
      foreground: corrected(paint.foreground, "foreground", missing, seen),
      background: corrected(paint.background, "background", missing, seen),
    };
  }
  return paint;
}

/**
 * Carries the edit of one frame to all others through the atlas (Kasten et al. 2021, §4): what the key frame changed is
 * painted onto the layers where it shows them, spread over what it does not show, and seen from every frame. Only the
 * change is carried, on top of the source, so that what the networks do not reconstruct (fine detail) is kept.
 *
 * @param key index of the frame that was edited
 * @param edited the frame as it was edited, of the clip's size
 * @returns all frames of the clip, 8 bits
 * @throws FateZeroError `bad-option`, `bad-frame`
 */
export function propagate(atlas: Atlas, key: number, edited: GivenFrame): readonly Frame[] {
  const source = atlas.frames[key];
  const seen = atlas.seen[key];
  if (!source || !seen)
    throw new FateZeroError(
      "bad-option",
      `The key frame is ${key}.`,
      `It must be a whole number from 0 to ${atlas.frames.length - 1}.`,
    );
  const { frame } = checkedFrame(edited, key);
  if (frame.width !== source.width || frame.height !== source.height)
    throw new FateZeroError(
      "bad-frame",
      `The edited key frame has ${frame.width}x${frame.height} pixels, but the clip has ${source.width}x${source.height}.`,
      "Scale it to the clip's size.",
    );
  const change = Float32Array.from(frame.data, (value, k) => value - source.data[k]!);
  const paint = paintLayers(atlas.side, change, seen, source.width);
  return atlas.frames.map(({ width, height, data }, t) => {
    const changed = changeIn(paint, atlas.seen[t]!);
    // Rounds and clamps.
    const values = new Uint8ClampedArray(Float32Array.from(data, (value, k) => value + changed[k]!));
    return { width, height, data: new Uint8Array(values.buffer) };
  });
}
