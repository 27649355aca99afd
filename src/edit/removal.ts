import { threshold } from "../attention/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { framesBehind, withBehind } from "./behind.ts";
import { type Growth, grow, holeMask, meanOfWords } from "./hole.ts";
import { type Inversion, latentsAt } from "./inversion.ts";
import type { BlendStep } from "./latent-blend.ts";
import { blendLatents, type EditMaskSource } from "./masks.ts";

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

/** Shadows fall on the ground and to a side: a cell of a 16×16 map, downwards and to both sides. */
export function growthAt([height, width]: readonly [height: number, width: number]): Growth {
  const E = JSON.parse(process.env.GROW ?? "[0,1,1]");
  const cell = Math.max(1, Math.round(Math.min(height, width) / 16));
  return { up: E[0] * cell, down: E[1] * cell, sideways: E[2] * cell };
}

/** Settles what a removal needs: the hole, what other frames show of it, and where the edit starts from. */
export function prepareRemoval(
  inversion: Inversion,
  tokens: readonly number[],
  difference: FloatTensor | null,
  tau: number,
): PreparedRemoval {
  const own = difference ?? meanOfWords(inversion, tokens);
  const map = grow(own, growthAt(own.shape.slice(1) as [number, number]));
  const hole = threshold(map, tau);
  const behind = framesBehind(hole, latentsAt(inversion, 0));
  const made = floatTensor(
    hole.shape,
    hole.data.map((inside, i) => (behind[i]! < 0 ? inside : 0)),
  );
  return {
    ...{ hole, behind, mask: holeMask(map) },
    start: startOf(withBehind(latentsAt(inversion, inversion.steps), behind), made),
    blend: ({ inverted }, z, targetMaps) => ({
      z: blendLatents(z, withBehind(latentsAt(inversion, inverted), behind), made),
      targetMaps,
    }),
  };
}

function startOf(z: FloatTensor, made: FloatTensor): FloatTensor {
  const mode = process.env.INIT ?? "keep";
  if (mode === "keep") return z;
  const [F, C, h, w] = z.shape as [number, number, number, number];
  const out = floatTensor(z.shape, z.data.slice());
  const n = h * w;
  let seed = 7;
  const rnd = () => ((seed = (seed * 1664525 + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  const noise = Float32Array.from(
    { length: C * n },
    () => Math.sqrt(-2 * Math.log(rnd())) * Math.cos(2 * Math.PI * rnd()),
  );
  for (let f = 0; f < F; f++)
    for (let p = 0; p < n; p++) {
      if (!made.data[f * n + p]) continue;
      const y = Math.floor(p / w),
        x = p % w;
      let best = -1,
        dist = 1e9;
      const vw = mode === "row" ? 100 : 1;
      for (let q = 0; q < n; q++)
        if (!made.data[f * n + q]) {
          const d = vw * Math.abs(Math.floor(q / w) - y) + Math.abs((q % w) - x);
          if (d < dist) {
            dist = d;
            best = q;
          }
        }
      for (let c = 0; c < C; c++) {
        const i = (f * C + c) * n + p;
        out.data[i] =
          mode === "noise" || best < 0
            ? noise[c * n + p]!
            : mode === "mix"
              ? 0.7071 * z.data[(f * C + c) * n + best]! + 0.7071 * noise[c * n + p]!
              : z.data[(f * C + c) * n + best]!;
      }
    }
  return out;
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
