/**
 * What a step of an edit takes of the processor's time with a UNet of Stable Diffusion 1.4's size, one frame of 512×512: whole, without
 * guidance, and its finest level alone. The weights are random (2 GB in a temporary folder). Linux only.
 *
 *     npm run bench:shallow
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { latentsAt, prepareEdit } from "../src/edit/index.ts";
import { type EditJobOptions, invert, loadModel, planEdit } from "../src/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { exampleClipAt, printTable } from "./clip.ts";
import { computed } from "./processor.ts";

const STEPS = 2;

const folder = await mkdtemp(join(tmpdir(), "fatezero-bench-"));
try {
  await writeRandomCheckpoint(join(folder, "sd"), SD1);
  await using model = await loadModel(join(folder, "sd"), { threads: 1 });
  const inversion = await invert(model, await exampleClipAt(1, 512), { prompt: "a red car", steps: STEPS });
  const z = latentsAt(inversion, STEPS);

  /** Seconds of both steps of an edit that fuses in both, once their graphs are open. */
  const seconds = async (knobs: EditJobOptions): Promise<number[]> => {
    const options = { prompt: "a blue car", selfSteps: 1, crossSteps: 1, ...knobs };
    const { steps, denoise } = await prepareEdit(model, inversion, await planEdit(model, inversion, options));
    const took: number[] = [];
    for (const step of [...steps, ...steps]) {
      const began = await computed();
      await denoise(step, z);
      took.push((await computed()) - began);
    }
    return took.slice(steps.length);
  };
  const [whole, shallow] = (await seconds({ reuseDeep: 2 })) as [number, number];
  const [unguided] = (await seconds({ guidance: 1 })) as [number];
  const row = (title: string, of: number): string[] => [
    title,
    of.toFixed(1),
    `${((100 * of) / whole).toFixed(0)} %`,
  ];
  printTable([
    ["fused step", "seconds of the processor", "of the whole"],
    row("whole", whole),
    row("without guidance", unguided),
    row("the finest level alone", shallow),
  ]);
} finally {
  await rm(folder, { recursive: true });
}
