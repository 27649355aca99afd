import type { JsonObject } from "../../../src/checkpoint/index.ts";
import { createSchedule, ddimStep } from "../../../src/diffusion/index.ts";
import { floatTensor, slice0 } from "../../../src/tensor/index.ts";
import { latentMark, MARKS } from "../marks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";
import type { Stored } from "../stored.ts";

const SD: JsonObject = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
};

/** Scheduler configurations by the names that the fixtures give them. */
export const SCHEDULERS: Readonly<Record<string, JsonObject>> = {
  v: { ...SD, prediction_type: "v_prediction" },
  v_zero_snr: {
    ...SD,
    prediction_type: "v_prediction",
    rescale_betas_zero_snr: true,
    timestep_spacing: "trailing",
  },
  eps: SD,
  eps_linspace: { ...SD, timestep_spacing: "linspace" },
  eps_one: { ...SD, set_alpha_to_one: true },
};

/** DDIM steps under every kind of schedule, from the stored predictions. */
export function checkDdim(stored: Stored): Row[] {
  return Object.entries(SCHEDULERS).flatMap(([name, config]) => {
    const at = (tensor: string) => stored.get(`ddim/${name}/${tensor}`);
    const x = at("x");
    const outputs = at("model_output");
    const steps = outputs.shape[0]!;
    const schedule = createSchedule(config, steps, "fatezero");
    const alphas = gauge(`DDIM ${name}, alphas_cumprod`, "schedule");
    const { alphasCumprod } = schedule;
    alphas.add(floatTensor([alphasCumprod.length], alphasCumprod), at("alphas_cumprod"), MARKS.alphasCumprod);
    const latents = gauge(`DDIM ${name}, latents`, "step");
    for (let i = 0; i < steps; i++) {
      const [before, output, after] = [
        slice0(x, i, i + 1),
        slice0(outputs, i, i + 1),
        slice0(x, i + 1, i + 2),
      ];
      latents.add(ddimStep(schedule.steps[i]!, before, output), after, latentMark(before, after));
    }
    const timesteps = equalRow(
      `DDIM ${name}, timesteps`,
      schedule.steps.map((step) => step.timestep),
      at("timesteps").data,
    );
    return [timesteps, ...alphas.rows(), ...latents.rows()];
  });
}
