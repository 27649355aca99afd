import { type FloatTensor, floatTensor, type Shape } from "../../src/tensor/index.ts";

/** Repeatable numbers of about N(0, 1) for tests: sums of four from a small linear congruential generator. */
export function noise(shape: Shape, seed: number): FloatTensor {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const out = floatTensor(shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = (next() + next() + next() + next()) * Math.sqrt(3);
  return out;
}
