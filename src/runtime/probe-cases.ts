import {
  add,
  attention,
  constant,
  conv2d,
  type Graph,
  gelu,
  groupNorm,
  inputs,
  layerNorm,
  linear,
  mul,
  type Ports,
  port,
  reshape,
  silu,
  split,
  transpose,
  upsample2x,
  type Value,
} from "../graph/index.ts";
import { type FloatTensor, floatTensor, randomSource } from "../tensor/index.ts";
import {
  attentionTruth,
  conv3x3Truth,
  gegluTruth,
  groupNormTruth,
  linearTruth,
  type Truth,
  upsampleTruth,
} from "./truth.ts";

/** An op at shapes that a UNet of Stable Diffusion 1.x has, what it is fed, and what it should give. */
export interface ProbeCase {
  readonly name: string;
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, FloatTensor>>;
  readonly truth: Truth;
}

/** Values of the standard normal distribution, times `scale`, the same at every run. */
function values(shape: readonly number[], name: string, scale = 1): FloatTensor {
  const { data } = randomSource(1, name).normal(shape);
  return floatTensor(shape, scale === 1 ? data : data.map((value) => value * scale));
}

function probeCase(
  name: string,
  feeds: Readonly<Record<string, FloatTensor>>,
  build: (values: Readonly<Record<string, Value>>) => Value,
  truth: Truth,
): ProbeCase {
  const ports: Ports = Object.fromEntries(
    Object.entries(feeds).map(([key, { shape }]) => [key, port(shape)]),
  );
  const given = inputs(ports) as Readonly<Record<string, Value>>;
  return { name, graph: { inputs: ports, outputs: { y: build(given) } }, feeds, truth };
}

/** Queries, keys, head width, value width, heads: a few positions, which a renderer in software computes too. */
const SMALL = [
  [64, 64, 40, 40, 2],
  [64, 77, 40, 40, 1],
  [64, 64, 160, 160, 1],
  [64, 128, 80, 160, 1],
] as const;
/** Those of 64×64 latents, where a device is quick enough for them. */
const LARGE = [
  [4096, 8192, 40, 40, 1],
  [4096, 77, 40, 40, 8],
  [1024, 2048, 80, 160, 1],
  [256, 512, 160, 160, 2],
] as const;

/** Attention at the shapes of self- and cross-attention. */
export function attentionCases(size: "small" | "large"): ProbeCase[] {
  return (size === "small" ? SMALL : LARGE).map(([n, m, d, e, heads]) => {
    const name = `attention ${n}×${m}, d ${d}${e === d ? "" : `, values of ${e}`}`;
    const q = values([1, n, heads * d], `${name} q`);
    const k = values([1, m, heads * d], `${name} k`);
    const v = values([1, m, heads * e], `${name} v`);
    return probeCase(
      name,
      { q, k, v },
      (given) => attention(given.q!, given.k!, given.v!, heads),
      attentionTruth([q.data, k.data, v.data], { keys: m, heads, d, e }),
    );
  });
}

const known = ({ shape, data }: FloatTensor): Value => constant(shape, data);

/** The other ops. The convolution is there for cuDNN too, which is loaded only with the first. */
export function opCases(): ProbeCase[] {
  const x = values([1, 1280, 8, 8], "conv x");
  const kernel = values([16, 1280, 3, 3], "conv kernel", 0.01);
  const shift = values([16], "conv bias");
  const rows = values([64, 640], "linear x");
  const matrix = values([320, 640], "linear weight", 0.04);
  const offset = values([320], "linear bias");
  const picture = values([1, 320, 16, 16], "norm x", 3);
  const [scale, moved] = [values([320], "norm scale"), values([320], "norm shift")];
  const wide = values([1, 64, 2560], "geglu x");
  const small = values([1, 64, 16, 16], "resize x");
  return [
    probeCase(
      "convolution 3×3 over 1280 channels",
      { x },
      (given) => conv2d(given.x!, known(kernel), known(shift), { padding: 1 }),
      conv3x3Truth([x.data, kernel.data, shift.data], { channels: 1280, side: 8 }),
    ),
    probeCase(
      "matrix product",
      { x: rows },
      (given) => linear(given.x!, known(matrix), known(offset)),
      linearTruth([rows.data, matrix.data, offset.data], { inputs: 640, outputs: 320 }),
    ),
    probeCase(
      "group norm",
      { x: picture },
      (given) => groupNorm(given.x!, known(scale), known(moved), 32, 1e-5),
      groupNormTruth([picture.data, scale.data, moved.data], { perGroup: 10, pixels: 256, epsilon: 1e-5 }),
    ),
    probeCase(
      "GEGLU",
      { x: wide },
      (given) => {
        const [left, gate] = split(given.x!, 2, 2);
        return mul(left!, gelu(gate!));
      },
      gegluTruth(wide.data, 1280),
    ),
    probeCase("resize", { x: small }, (given) => upsample2x(given.x!), upsampleTruth(small.data, 16)),
  ];
}

/** A residual block and a transformer block of a UNet at `side`×`side`, which is timed and compared as a whole with the processor. */
export function blockCase(side: number): Pick<ProbeCase, "graph" | "feeds"> {
  const weight = (name: string, shape: readonly number[], scale: number): Value =>
    known(values(shape, `block ${name}`, scale));
  const vector = (name: string, size: number, scale = 0.1): Value => weight(name, [size], scale);
  const ports = { x: port([1, 320, side, side]), text: port([1, 77, 768]) };
  const { x, text } = inputs(ports);
  const normal = silu(groupNorm(x, vector("g", 320, 1), vector("b", 320), 32, 1e-5));
  const conv = conv2d(normal, weight("conv", [320, 320, 3, 3], 0.02), vector("conv b", 320), { padding: 1 });
  let rows = transpose(reshape(add(x, conv), [1, 320, side ** 2]), [0, 2, 1]);
  const through = (name: string, from: Value, inner: number, out: number): Value =>
    linear(from, weight(name, [out, inner], 1 / Math.sqrt(inner)), vector(`${name} b`, out));
  for (const [name, keys, width] of [
    ["self", null, 320],
    ["cross", text, 768],
  ] as const) {
    const y = layerNorm(rows, vector(`${name} g`, 320, 1), vector(`${name} b`, 320), 1e-5);
    const [k, v] = ["k", "v"].map((part) => through(`${name} ${part}`, keys ?? y, width, 320));
    rows = add(
      rows,
      through(`${name} out`, attention(through(`${name} q`, y, 320, 320), k!, v!, 8), 320, 320),
    );
  }
  const [left, gate] = split(through("wide", rows, 320, 2560), 2, 2);
  const y = add(rows, through("narrow", mul(left!, gelu(gate!)), 1280, 320));
  const feeds = { x: values([1, 320, side, side], "block x"), text: values([1, 77, 768], "block text") };
  return { graph: { inputs: ports, outputs: { y } }, feeds };
}
