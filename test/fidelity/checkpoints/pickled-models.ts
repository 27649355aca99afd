import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edit, invert } from "../../../src/edit/index.ts";
import { loadModel, openCheckpoint } from "../../../src/pipeline/index.node.ts";
import type { FloatTensor } from "../../../src/tensor/index.ts";
import { equalRow, type Row } from "../rows.ts";
import { sameWeights } from "./containers.ts";

const SOURCE = "a red car on the road";
const TARGET = "a blue car on the road";

/** A short edit of two small frames, down to its latents. */
async function editWith(folder: string): Promise<FloatTensor> {
  const model = await loadModel(folder);
  const frames = [0, 1].map((f) => ({
    width: 128,
    height: 128,
    data: Uint8Array.from({ length: 3 * 128 * 128 }, (_, i) => (i * (7 + f)) % 256),
  }));
  try {
    const inversion = await invert(model, { fps: 8, frames }, { prompt: SOURCE, steps: 3, size: 128 });
    return (await edit(model, inversion, { prompt: TARGET })).latents;
  } finally {
    await model.close();
  }
}

/** The models' `.bin` files against their `.safetensors`: the same weights, and one of them the same edit. */
export async function checkPickledModels(models: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of (await readdir(models)).sort()) {
    const work = await mkdtemp(join(tmpdir(), "fatezero-pickled-"));
    try {
      const pickled = join(work, name);
      await cp(join(models, name), pickled, { recursive: true });
      for (const part of ["unet", "vae"])
        await rm(join(pickled, part, "diffusion_pytorch_model.safetensors"), { force: true });
      const [actual, expected] = [await openCheckpoint(pickled), await openCheckpoint(join(models, name))];
      for (const part of ["unet", "vae"] as const)
        rows.push(
          await sameWeights(`${name}, ${part} as .bin`, actual[part].weights, expected[part].weights),
        );
      const [ours, theirs] = [await editWith(pickled), await editWith(join(models, name))];
      rows.push(equalRow(`${name}, an edit with .bin`, ours.data, theirs.data));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return rows;
}
