/** Attention by regions against the formula, position by position, for random queries, keys and values of one block. */
import { afterAll, describe, expect, it } from "vitest";
import { noise } from "../../test/reference/noise.ts";
import { compile, inputs, type Port, port } from "../graph/index.ts";
import type { AttentionSite } from "../model/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, intTensor } from "../tensor/index.ts";
import { fusedAttention, type SelfFusion } from "./fused.ts";
import { rowOf } from "./regions.ts";
import { wordMapRecorder } from "./word-maps.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const [FRAMES, POSITIONS, LENGTH, HEADS, WIDTH, REGIONS] = [2, 6, 5, 2, 8, 2];
const BRANCHES = 3;
const EDIT = 2;
const SITE = { path: "block", level: 1, channels: WIDTH, heads: HEADS } as unknown as AttentionSite;
const LIST = [0, "mid"] as const;
/** Of two frames both look at themselves and at the first. */
const TO = [0, 0, 1, 0];

type Rows = readonly (readonly number[])[];

/** softmax(QKᵀ/√d)·V per head, without some keys. */
function attend(q: Rows, k: Rows, v: Rows, hidden: readonly boolean[] = []): number[][] {
  const d = WIDTH / HEADS;
  return q.map((query) => {
    const out = new Array<number>(WIDTH).fill(0);
    for (let head = 0; head < HEADS; head++) {
      const part = (row: readonly number[]): readonly number[] => row.slice(head * d, (head + 1) * d);
      const scores = k.map((key, m) =>
        hidden[m]
          ? 0
          : Math.exp(part(query).reduce((sum, value, i) => sum + value * part(key)[i]!, 0) / Math.sqrt(d)),
      );
      const all = scores.reduce((sum, score) => sum + score);
      for (const [m, row] of v.entries())
        for (const [i, value] of part(row).entries()) out[head * d + i]! += (scores[m]! / all) * value;
    }
    return out;
  });
}

/** Row `index` of a tensor [B, N, C] as rows. */
function rowsOf({ shape, data }: FloatTensor, index: number): Rows {
  const [, n, c] = shape as [number, number, number];
  return Array.from({ length: n }, (_, i) =>
    Array.from(data.subarray((index * n + i) * c, (index * n + i + 1) * c)),
  );
}

const sum = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
const mix = (a: Rows, b: Rows, share: readonly number[]): Rows =>
  a.map((row, i) => row.map((value, j) => value + share[i]! * (b[i]![j]! - value)));

const random = (name: string, shape: readonly number[]): FloatTensor => noise(shape, name.length + shape[0]!);
const tensors = {
  q: random("q", [BRANCHES * FRAMES, POSITIONS, WIDTH]),
  k: random("key", [BRANCHES * FRAMES, POSITIONS, WIDTH]),
  v: random("value", [BRANCHES * FRAMES, POSITIONS, WIDTH]),
  textK: random("text key", [BRANCHES + REGIONS, LENGTH, WIDTH]),
  textV: random("text value", [BRANCHES + REGIONS, LENGTH, WIDTH]),
  replace: random("a", [1 + REGIONS, LENGTH, LENGTH]),
  keep: random("keeping", [1 + REGIONS, LENGTH]),
};
const pattern = (shape: readonly number[], of: (i: number) => number): FloatTensor =>
  floatTensor(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => of(i)),
  );
const shares = pattern([FRAMES, POSITIONS, REGIONS], (i) => [0.25, 0.5, 0, 1, 0.75, 0, 0, 0][i % 8]!);
const unseen = pattern([FRAMES, POSITIONS, REGIONS], (i) => Number(i % 5 === 1));
const mask = pattern([FRAMES, POSITIONS], (i) => [1, 0.5, 0][i % 3]!);
const shareOf = (f: number, r: number): number[] =>
  Array.from({ length: POSITIONS }, (_, i) => shares.data[(f * POSITIONS + i) * REGIONS + r]!);

/** The block's output for the edit, by the engine. */
async function computed(self: SelfFusion, fuses: boolean, kind: "self" | "cross"): Promise<FloatTensor> {
  const ports = {
    ...Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, port(shape)])),
    ...{ regions1: port(shares.shape), unseen1: port(unseen.shape), mask1: port(mask.shape) },
  } as { readonly [K in keyof typeof tensors | "regions1" | "unseen1" | "mask1"]: Port<"float32"> };
  const values = inputs({ ...ports, attendTo: port([FRAMES, LIST.length], "int64") });
  const context = {
    ...{ branches: BRANCHES, frames: FRAMES, textPerFrame: false },
    attend: { rule: { frames: LIST }, to: values.attendTo },
  };
  const fusion = (r: number) => ({ replace: rowOf(values.replace, r), keep: rowOf(values.keep, r) });
  const attention = fusedAttention(
    context,
    {
      ...{ self, fuses: () => fuses, ...fusion(0), masks: { mask1: values.mask1 } },
      regions: {
        fusions: [fusion(1), fusion(2)],
        shares: { regions1: values.regions1 },
        unseen: { unseen1: values.unseen1 },
      },
    },
    wordMapRecorder([]),
  );
  const out =
    kind === "self"
      ? attention.self(SITE, values.q, values.k, values.v)
      : attention.cross(SITE, values.q, values.textK, values.textV);
  const used =
    kind === "self" ? ["q", "k", "v"] : ["q", "textK", "textV", ...(fuses ? ["replace", "keep"] : [])];
  const needs = new Set([
    ...used,
    ...(kind === "self" ? ["unseen1", "attendTo", ...(fuses && self === "masked" ? ["mask1"] : [])] : []),
    "regions1",
  ]);
  const of = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => needs.has(name)));
  const graph = {
    inputs: of({ ...ports, attendTo: port([FRAMES, LIST.length], "int64") }),
    outputs: { out },
    weights: {},
  };
  const session = await engine.open(compile(graph, engine.lowering));
  const feeds = of({
    ...tensors,
    ...{ regions1: shares, unseen1: unseen, mask1: mask },
    attendTo: intTensor([FRAMES, LIST.length], TO),
  });
  return (await session.run(feeds as never)).out as FloatTensor;
}

/** The same by the formula, for one frame. */
function expectedSelf(self: SelfFusion, fuses: boolean, f: number): Rows {
  const listed = (x: FloatTensor, branch: number): Rows =>
    [TO[2 * f]!, TO[2 * f + 1]!].flatMap((frame) => rowsOf(x, branch * FRAMES + frame));
  const own = (x: FloatTensor, branch: number): Rows => rowsOf(x, branch * FRAMES + f);
  const of = (hidden?: readonly boolean[]): Rows => {
    const seen = (branch: number): Rows =>
      attend(own(tensors.q, branch), listed(tensors.k, branch), listed(tensors.v, EDIT), hidden);
    if (!fuses || self === "none") return seen(EDIT);
    const inside = Array.from({ length: POSITIONS }, (_, i) =>
      self === "full" ? 0 : mask.data[f * POSITIONS + i]!,
    );
    return mix(seen(0), seen(EDIT), inside);
  };
  const hiddenFrom = (r: number): boolean[] =>
    [TO[2 * f]!, TO[2 * f + 1]!].flatMap((frame) =>
      Array.from({ length: POSITIONS }, (_, i) => unseen.data[(frame * POSITIONS + i) * REGIONS + r] === 1),
    );
  const rest = of();
  const parts = [0, 1].map((r) => of(hiddenFrom(r)));
  return rest.map((row, i) =>
    row.map(
      (value, j) =>
        value + [0, 1].reduce((all, r) => all + shareOf(f, r)[i]! * (parts[r]![i]![j]! - value), 0),
    ),
  );
}

function expectedCross(fuses: boolean, f: number): Rows {
  const query = (branch: number): Rows => rowsOf(tensors.q, branch * FRAMES + f);
  const of = (r: number): Rows => {
    const text = EDIT + r;
    const k = rowsOf(tensors.textK, text);
    const v = rowsOf(tensors.textV, text);
    if (!fuses) return attend(query(EDIT), k, v);
    const A = rowsOf(tensors.replace, r);
    const b = Array.from(tensors.keep.data.subarray(r * LENGTH, (r + 1) * LENGTH));
    const replaced = A.map((weights) =>
      v[0]!.map((_, j) => weights.reduce((all, w, n) => all + w * v[n]![j]!, 0)),
    );
    const kept = v.map((row, n) => row.map((value) => b[n]! * value));
    return sum(attend(query(0), rowsOf(tensors.textK, 0), replaced), attend(query(EDIT), k, kept));
  };
  const [rest, ...parts] = [of(0), of(1), of(2)];
  return rest!.map((row, i) =>
    row.map(
      (value, j) =>
        value + parts.reduce((all, part, r) => all + shareOf(f, r)[i]! * (part[i]![j]! - value), 0),
    ),
  );
}

function worst(out: FloatTensor, expected: (f: number) => Rows): number {
  const errors = [0, 1].flatMap((f) => {
    const rows = expected(f);
    return rowsOf(out, EDIT * FRAMES + f).flatMap((row, i) =>
      row.map((value, j) => Math.abs(value - rows[i]![j]!)),
    );
  });
  return Math.max(...errors);
}

describe("the edit's attention is that of the regions, each where it is", () => {
  it.each<readonly [SelfFusion, boolean]>([
    ["masked", true],
    ["full", true],
    ["none", true],
    ["masked", false],
  ])("self-attention, %s, in a block that fuses: %s", async (self, fuses) => {
    expect(worst(await computed(self, fuses, "self"), (f) => expectedSelf(self, fuses, f))).toBeLessThan(
      1e-5,
    );
  });

  it.each([true, false])("cross-attention in a block that fuses: %s", async (fuses) => {
    expect(worst(await computed("full", fuses, "cross"), (f) => expectedCross(fuses, f))).toBeLessThan(1e-5);
  });
});
