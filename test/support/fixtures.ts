import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { weightsOfFile } from "../../src/checkpoint/index.node.ts";
import type { Component } from "../../src/checkpoint/index.ts";
import type { FloatTensor } from "../../src/tensor/index.ts";

/** Path of a file below `test/fixtures`. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
}

/** Path of a file of the repository. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** A component of a checkpoint folder by itself. */
export async function componentAt(folder: string, stem = "diffusion_pytorch_model"): Promise<Component> {
  return {
    label: folder,
    config: JSON.parse(readFileSync(join(folder, "config.json"), "utf8")),
    weights: await weightsOfFile(join(folder, `${stem}.safetensors`)),
  };
}

/** The reference keeps clips as [1, C, F, h, w], the project as [1, F, C, h, w]; the same swap leads both ways. */
export function swapFramesAndChannels({ shape, data }: FloatTensor): FloatTensor {
  const [b, c, f, ...rest] = shape as [number, number, number, number, number];
  const pixels = rest.reduce((a, n) => a * n, 1);
  const out = new Float32Array(data.length);
  for (let i = 0; i < b; i++) {
    for (let j = 0; j < c; j++) {
      for (let k = 0; k < f; k++) {
        const from = ((i * c + j) * f + k) * pixels;
        out.set(data.subarray(from, from + pixels), ((i * f + k) * c + j) * pixels);
      }
    }
  }
  return { dtype: "float32", shape: [b, f, c, ...rest], data: out };
}
