import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defined } from "../defined.ts";
import { createSchedule } from "../diffusion/index.ts";
import { type EditResult, type Inversion, targetsOf } from "../edit/index.ts";
import { writeSafetensors } from "../files/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { intTensor } from "../tensor/index.ts";
import type { Provenance } from "./provenance.ts";

/**
 * Saves both trajectories as `.safetensors`, for comparison with other implementations: `source` and `edit`
 * [T+1, F, C, h, w] in float32, entry 0 clean, entry T the noisiest (the same in both); `timesteps` [T] of entries 1 … T.
 * Latents are scaled as the UNet takes them. The metadata says the prompts, the model and the settings.
 */
export async function writeLatents(
  file: string,
  model: Model,
  inversion: Inversion,
  result: EditResult,
  { program, arguments: made, what, output }: Provenance,
): Promise<void> {
  const { trajectory, preset, settings } = result;
  const { latents, steps, prompt } = inversion;
  const { inversion: ascending } = createSchedule(model.checkpoint.scheduler, steps);
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeSafetensors(
    file,
    {
      source: latents,
      ...(trajectory ? { edit: trajectory } : {}),
      timesteps: intTensor(
        [steps],
        ascending.map(({ timestep }) => timestep),
      ),
    },
    {
      format: "fatezero-latents-1",
      ...defined({ program, arguments: made, what, output }),
      source_prompt: prompt,
      target_prompt: targetsOf(result).join("; "),
      steps: String(steps),
      preset,
      settings: JSON.stringify(settings),
      method: JSON.stringify(inversion.settings),
      model: JSON.stringify(inversion.model),
    },
  );
}
