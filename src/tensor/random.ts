import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { mersenne } from "pure-rand/generator/mersenne";
import { type FloatTensor, floatTensor } from "./host.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Random numbers that the same seed and names give again, on any machine, whatever else was drawn before. */
export interface RandomSource {
  /** From 0 (included) to 1 (excluded). */
  uniform(): number;
  /** A whole number from 0 to `count` − 1. */
  below(count: number): number;
  /** Independent values of the standard normal distribution. */
  normal(shape: Shape): FloatTensor;
}

/** 32 bits of a text (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** The numbers that belong to a seed and to what they are for, such as `("noise", 12)` for those of step 12. */
export function randomSource(seed: number, ...path: readonly (string | number)[]): RandomSource {
  const generator = mersenne(hashOf(JSON.stringify([seed, ...path])));
  const uniform = (): number => uniformFloat64(generator);
  return {
    uniform,
    below: (count) => Math.floor(uniform() * count),
    normal(shape) {
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i += 2) {
        // Box & Muller 1958: a radius and an angle give two values.
        const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
        const angle = 2 * Math.PI * uniform();
        data[i] = radius * Math.cos(angle);
        if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
      }
      return floatTensor(shape, data);
    },
  };
}
