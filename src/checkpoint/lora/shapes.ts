import { formatShape, type Shape } from "../../tensor/index.ts";
import type { WeightInfo } from "../types.ts";
import type { LayerChange, LoraPart } from "./collect.ts";
import type { LoraProblem } from "./mismatch.ts";

/** The weights of a change that is whole and fits its layer. */
export interface SoundChange {
  readonly down: WeightInfo;
  readonly mid?: WeightInfo;
  readonly up: WeightInfo;
  readonly rank: number;
}

/** Trailing axes of length 1 do not matter: a linear layer is a 1×1 convolution. */
function sameShape(a: Shape, b: Shape): boolean {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, i) => (a[i] ?? 1) === (b[i] ?? 1)).every(Boolean);
}

/**
 * Checks that a layer's change is whole and that its shapes multiply to the layer's: [out, rank] · [rank, in, …], or in
 * three parts [out, rank] · [rank, rank, kh, kw] · [rank, in]. Returns the faults where it does not.
 */
export function checkChange({ layer, parts }: LayerChange): SoundChange | readonly LoraProblem[] {
  const { down, mid, up } = parts;
  if (!down || !up) {
    const { key, weight } = Object.values(parts)[0]!;
    const missing = [...(down ? [] : ["down"]), ...(up ? [] : ["up"])].join(" and ");
    return [
      { kind: "incomplete", key, expected: `its ${missing} as well`, found: formatShape(weight.shape) },
    ];
  }
  const [out, input, ...kernel] = layer.shape as readonly [number, number, ...number[]];
  // A rank of 0 is none, and shows as a wrong shape.
  const rank = Math.max(1, down.weight.shape[0] ?? 1);
  const problems: LoraProblem[] = [];
  const expect = ({ key, weight }: LoraPart, shape: Shape): void => {
    if (sameShape(weight.shape, shape)) return;
    problems.push({
      kind: "wrong shape",
      key,
      expected: formatShape(shape),
      found: formatShape(weight.shape),
    });
  };
  expect(down, mid ? [rank, input] : [rank, input, ...kernel]);
  if (mid) expect(mid, [rank, rank, ...kernel]);
  expect(up, [out, rank]);
  if (problems.length > 0) return problems;
  return { down: down.weight, up: up.weight, ...(mid ? { mid: mid.weight } : {}), rank };
}
