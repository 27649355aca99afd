import { realpath } from "node:fs/promises";
import { basename, extname } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { formatShape } from "../../tensor/index.ts";
import { headOf, weightsOfFile } from "../files.node.ts";
import { readTorchFile, weightsOfTensors } from "../torch/index.node.ts";
import { isTensor, isTorchFile, type TorchTensor, type TorchValue } from "../torch/index.ts";
import type { TextEmbedding, WeightInfo } from "../types.ts";
import { type FoundVectors, findVectors } from "./find-vectors.ts";

const isWeight = (value: unknown): value is WeightInfo =>
  typeof value === "object" && value !== null && "location" in value;

const isTorchTensor = (value: unknown): value is TorchTensor => isTensor(value as TorchValue);

async function vectorsOf(path: string): Promise<FoundVectors<WeightInfo>> {
  // The hub's cache has links; a PyTorch file is known by its first bytes, whatever it is called.
  const file = await realpath(path).catch(() => path);
  if (!isTorchFile(await headOf(file))) return findVectors(await weightsOfFile(file), isWeight, path);
  const { word, vectors } = findVectors(await readTorchFile(file), isTorchTensor, path);
  const weights = await weightsOfTensors(new Map([["vectors", vectors]]));
  return { word, vectors: weights.get("vectors")! };
}

/**
 * Opens a textual-inversion embedding (Gal et al. 2022), `.safetensors` or PyTorch, of diffusers or AUTOMATIC1111. Its
 * word is `word`, or the one that the file names, or the file's name. Throws FateZeroError where it is none.
 */
export async function openEmbedding(path: string, word: string | null = null): Promise<TextEmbedding> {
  const { word: own, vectors } = await vectorsOf(path);
  const { shape } = vectors;
  if (shape.length < 1 || shape.length > 2 || shape.includes(0)) {
    throw new FateZeroError(
      "embedding-invalid",
      `${path} holds a tensor of shape ${formatShape(shape)}, not vectors [tokens, width].`,
      "Give a textual-inversion embedding.",
    );
  }
  return {
    word: word ?? own ?? basename(path, extname(path)),
    vectors: { ...vectors, shape: shape.length === 1 ? [1, ...shape] : shape },
    label: path,
  };
}
