import { join } from "node:path";
import { weightsOfFile } from "../../../src/checkpoint/index.node.ts";
import {
  bytesOfWeight,
  type Checkpoint,
  type NamedWeights,
  readWeight,
  type WeightInfo,
} from "../../../src/checkpoint/index.ts";
import { openCheckpoint } from "../../../src/pipeline/index.node.ts";
import type { Engine } from "../../../src/runtime/index.ts";
import { MARKS } from "../marks.ts";
import { gauge, plural, type Row, worstDifference } from "../rows.ts";
import type { Stored } from "../stored.ts";
import { computeWith } from "./compute.ts";

/** The fixtures' models, and the files that hold each. */
const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  sd1: ["sd1", "sd1.safetensors", "sd1.ckpt"],
  sd2: ["sd2", "sd2.safetensors"],
};

/** Whether two weights are the same: the same bytes where their types agree, else the same values. */
async function areSame(a: WeightInfo, b: WeightInfo): Promise<boolean> {
  if (a.shape.join() !== b.shape.join()) return false;
  if (a.dtype === b.dtype) return Buffer.compare(await bytesOfWeight(a), await bytesOfWeight(b)) === 0;
  return worstDifference((await readWeight(a)).data, (await readWeight(b)).data) === 0;
}

/** Counts weights that differ in name, shape or value. */
async function differing(actual: NamedWeights, expected: NamedWeights): Promise<number> {
  const names = new Set([...actual.keys(), ...expected.keys()]);
  let count = 0;
  for (const name of names) {
    const [a, b] = [actual.get(name), expected.get(name)];
    if (!a || !b || !(await areSame(a, b))) count++;
  }
  return count;
}

/** A row that tells whether two containers hold the same weights. */
export async function sameWeights(
  quantity: string,
  actual: NamedWeights,
  expected: NamedWeights,
): Promise<Row> {
  const count = await differing(actual, expected);
  return {
    quantity,
    compared: plural(expected.size, "tensor"),
    worst: count === 0 ? "equal" : `${count} differ`,
    mark: "equal",
    verdict: count === 0 ? "ok" : "MISS",
  };
}

const networks = ({ unet, vae, textEncoder }: Checkpoint): NamedWeights =>
  new Map(
    Object.entries({ unet, vae, textEncoder }).flatMap(([part, { weights }]) =>
      [...weights].map(([name, info]) => [`${part} ${name}`, info] as const),
    ),
  );

/** A model's networks against what diffusers computes with them, from every container that holds it. */
export async function checkContainers(
  root: string,
  model: string,
  stored: Stored,
  engine: Engine,
): Promise<Row[]> {
  const at = (name: string) => stored.get(`${model}/${name}`);
  const text = gauge(`${model} text states`, "file");
  const unet = gauge(`${model} UNet`, "file");
  const mean = gauge(`${model} VAE mean`, "file");
  const decoded = gauge(`${model} decoded`, "file");
  const rows: Row[] = [];
  let folder: Checkpoint | null = null;
  for (const file of CONTAINERS[model]!) {
    const checkpoint = await openCheckpoint(join(root, file));
    if (folder)
      rows.push(await sameWeights(`${file} and its folder`, networks(checkpoint), networks(folder)));
    folder ??= checkpoint;
    const computed = computeWith(engine, checkpoint);
    text.add(await computed.text(at("ids")), at("text"), MARKS.textStates, file);
    unet.add(await computed.unet(at("x"), at("t"), at("text")), at("out"), MARKS.inversionEpsilon, file);
    mean.add(await computed.encode(at("image")), at("vae_mean"), MARKS.vaeMean, file);
    decoded.add(await computed.decode(at("z")), at("decoded"), MARKS.frames, file);
  }
  return [...text.rows(), ...unet.rows(), ...mean.rows(), ...decoded.rows(), ...rows];
}

/** PyTorch's format from before 1.6. */
export async function checkLegacy(root: string): Promise<Row[]> {
  const legacy = await weightsOfFile(join(root, "sd1-unet-legacy.bin"));
  const { unet } = await openCheckpoint(join(root, "sd1"));
  return [await sameWeights("sd1-unet-legacy.bin and its folder", legacy, unet.weights)];
}
