import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { NamedWeights } from "../../src/checkpoint/index.ts";
import { readTorchWeights } from "../../src/checkpoint/torch/index.node.ts";
import { FateZeroError } from "../../src/errors.ts";

/** The weights of a PyTorch file. */
export async function weightsOf(path: string): Promise<NamedWeights> {
  return (await readTorchWeights(path)).weights;
}

/** A folder of its own for the tests of a file, with one PyTorch file in it at a time. */
export function torchScratch() {
  let folder = "";
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "fatezero-torch-")));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const path = () => join(folder, "model.ckpt");
  const write = async (bytes: Uint8Array) => {
    await writeFile(path(), bytes);
    return path();
  };
  /** The error of reading a file of these bytes. That it names the file, and that nothing was written, is checked. */
  const refusal = async (bytes: Uint8Array): Promise<FateZeroError> => {
    const file = await write(bytes);
    const error: unknown = await weightsOf(file).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(await readdir(folder)).toEqual(["model.ckpt"]);
    if (!(error instanceof FateZeroError)) throw new Error(`Expected a refusal, got ${error}.`);
    expect(error.message).toContain(file);
    return error;
  };
  return { path, write, refusal };
}
