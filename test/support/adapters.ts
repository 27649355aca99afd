import type {
  Checkpoint,
  Component,
  JsonObject,
  NamedWeights,
  WeightInfo,
} from "../../src/checkpoint/index.ts";
import { type Shape, sizeOf } from "../../src/tensor/index.ts";
import { textShapes, unetShapes } from "./true-shapes.ts";

/** Checkpoints and adapters made up for tests. */

const NO_WEIGHTS: Component = { label: "none", config: {}, weights: new Map() };

/** A checkpoint of the given networks; what a test of adapters does not need is empty. */
export function checkpointOf(parts: {
  readonly unet?: Component;
  readonly textEncoder?: Component;
}): Checkpoint {
  return {
    name: "model",
    unet: parts.unet ?? NO_WEIGHTS,
    textEncoder: parts.textEncoder ?? NO_WEIGHTS,
    vae: NO_WEIGHTS,
    tokenizer: { vocab: "", merges: "" },
    scheduler: {},
    settings: null,
  };
}

/** A float32 weight held in memory. */
export function weightOf(shape: Shape, values: ArrayLike<number>): WeightInfo {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { dtype: "float32", shape, location: { data } };
}

/** A weight of deterministic values in −1…1, different for every seed. */
export function wavyWeight(shape: Shape, seed: number, amplitude = 1): WeightInfo {
  const value = (_: unknown, i: number): number => amplitude * Math.sin(i * 12.9898 + seed * 78.233);
  return weightOf(shape, Array.from({ length: sizeOf(shape) }, value));
}

function shapesOnly(config: JsonObject, shapes: ReadonlyMap<string, Shape>): Component {
  const weights = new Map<string, WeightInfo>();
  for (const [name, shape] of shapes) {
    weights.set(name, { dtype: "float16", shape, location: { data: new Uint8Array(0) } });
  }
  return { label: "shapes", config, weights };
}

/** A checkpoint that has the names and shapes of its configurations' networks, and no values. */
export function checkpointOfShapes(configs: {
  readonly unet: JsonObject;
  readonly text: JsonObject;
}): Checkpoint {
  return checkpointOf({
    unet: shapesOnly(configs.unet, unetShapes(configs.unet)),
    textEncoder: shapesOnly(configs.text, textShapes(configs.text)),
  });
}

/** The same weights under other names; those named null are left out. */
export function renamed(weights: NamedWeights, to: (name: string) => string | null): NamedWeights {
  const entries = [...weights].map(([name, info]) => [to(name), info] as const);
  return new Map(entries.filter((entry): entry is [string, WeightInfo] => entry[0] !== null));
}
