/**
 * High dynamic range to sRGB: display light in nits from PQ or HLG (ITU-R BT.2100), highlights rolled off by the EETF
 * of ITU-R BT.2390 5.4.1, BT.2020's primaries to BT.709's (ITU-R BT.2087), sRGB's transfer function.
 */

import type { Frame } from "../types.ts";
import type { ColorTags } from "./color.ts";

/** What has to be done to a picture's values, once they are R'G'B', to make them sRGB. */
export interface Dynamics {
  /** `"sdr"`: the values are taken for sRGB's. */
  readonly transfer: "pq" | "hlg" | "sdr";
  readonly isWide: boolean;
}

/** Diffuse white (ITU-R BT.2408): what becomes 1 on the SDR side before highlights are rolled off. */
const WHITE = 203;
/** Brightest light that is kept apart: most films are graded for it, and HLG's curve is defined by it. */
const PEAK = 1000;
/** How SDR screens turn values into light (ITU-R BT.1886); for wide SDR pictures. */
const SDR_GAMMA = 2.4;

/** What the tags, the picture's own before the container's, say of brightness and primaries. */
export function resolveDynamics(tags: readonly ColorTags[]): Dynamics {
  const transfer = tags.map((tag) => tag.transfer).find((name) => name === "pq" || name === "hlg");
  const named = tags.find((tag) => tag.primaries)?.primaries;
  return {
    transfer: transfer ?? "sdr",
    // HDR without primaries is in BT.2020: BT.2100 knows no others.
    isWide: named === "bt2020" || (transfer !== undefined && !named),
  };
}

/** PQ: nits (0…10000) of a value 0…1. */
export function pqToNits(value: number): number {
  const p = value ** (32 / 2523);
  return 10000 * (Math.max(p - 107 / 128, 0) / (2413 / 128 - (2392 / 128) * p)) ** (8192 / 1305);
}

/** PQ: value 0…1 of nits. */
export function nitsToPq(nits: number): number {
  const y = (Math.max(0, nits) / 10000) ** (1305 / 8192);
  return ((107 / 128 + (2413 / 128) * y) / (1 + (2392 / 128) * y)) ** (2523 / 32);
}

/** HLG: scene light 0…1 of a value 0…1. */
export function hlgToScene(value: number): number {
  const a = 0.17883277;
  const b = 1 - 4 * a;
  const c = 0.5 - a * Math.log(4 * a);
  return value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - c) / a) + b) / 12;
}

/** BT.2390's EETF from `PEAK` to `WHITE` nits, on PQ values: nothing changes up to a knee, then a Hermite spline. */
export function rollOff(nits: number): number {
  const source = nitsToPq(PEAK);
  const most = nitsToPq(WHITE) / source;
  const knee = 1.5 * most - 0.5;
  const e = Math.min(1, nitsToPq(nits) / source);
  if (e <= knee) return nits;
  const t = (e - knee) / (1 - knee);
  const spline =
    (2 * t ** 3 - 3 * t ** 2 + 1) * knee +
    (t ** 3 - 2 * t ** 2 + t) * (1 - knee) +
    (3 * t ** 2 - 2 * t ** 3) * most;
  return pqToNits(spline * source);
}

function srgbEncode(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** A function over 0…1 as a table with linear interpolation; arguments outside are clamped. */
function tabulate(f: (x: number) => number, size = 4096): (x: number) => number {
  const table = Float64Array.from({ length: size + 1 }, (_, i) => f(i / size));
  return (x) => {
    const at = Math.min(1, Math.max(0, x)) * size;
    const i = Math.min(size - 1, Math.floor(at));
    return table[i]! + (at - i) * (table[i + 1]! - table[i]!);
  };
}

/** Makes a converter for one picture's dynamics: tables are built once and used for all frames. */
export function toneMapper({ transfer, isWide }: Dynamics): (frame: Frame) => Frame {
  if (transfer === "sdr" && !isWide) return (frame) => frame;
  // Arguments are spread by roots, so that dark values get their share of the table.
  const gain = tabulate((x) => (x === 0 ? 1 : rollOff(x ** 4 * PEAK) / (x ** 4 * PEAK)) / WHITE);
  const encode = tabulate((x) => 255 * srgbEncode(x ** 2));
  const decode = tabulate(
    transfer === "pq" ? pqToNits : transfer === "hlg" ? hlgToScene : (x) => WHITE * x ** SDR_GAMMA,
  );

  return ({ width, height, data }) => {
    const out = new Float32Array(data.length);
    for (let p = 0; p < data.length; p += 3) {
      let r = decode(data[p]! / 255);
      let g = decode(data[p + 1]! / 255);
      let b = decode(data[p + 2]! / 255);
      if (transfer === "hlg") {
        // The OOTF, gamma 1.2 for a screen of 1000 nits.
        const screen = PEAK * (0.2627 * r + 0.678 * g + 0.0593 * b) ** 0.2;
        r *= screen;
        g *= screen;
        b *= screen;
      }
      // One factor for the three channels, by the brightest: hues stay, and none leaves 0…1.
      const brightest = Math.max(r, g, b);
      const scale =
        transfer === "sdr"
          ? 1 / WHITE
          : brightest >= PEAK
            ? 1 / brightest
            : gain(Math.sqrt(Math.sqrt(brightest / PEAK)));
      r *= scale;
      g *= scale;
      b *= scale;
      if (isWide) {
        const red = 1.660491 * r - 0.587641 * g - 0.07285 * b;
        const green = -0.12455 * r + 1.1329 * g - 0.008349 * b;
        b = -0.018151 * r - 0.100579 * g + 1.11873 * b;
        r = red;
        g = green;
      }
      out[p] = encode(Math.sqrt(Math.max(0, r)));
      out[p + 1] = encode(Math.sqrt(Math.max(0, g)));
      out[p + 2] = encode(Math.sqrt(Math.max(0, b)));
    }
    return { width, height, data: out };
  };
}
