import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCHEDULERS } from "../../test/fidelity/checkpoints/ddim.ts";
import { fixture } from "../../test/support/fixtures.ts";
import { readSafetensors } from "../files/index.ts";
import { floatTensor, slice0 } from "../tensor/index.ts";
import { createSchedule, ddimStep, guide, type Schedule } from "./index.ts";

const SD1 = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
};

const timestepsOf = ({ steps }: Schedule): number[] => steps.map(({ timestep }) => timestep);

const { tensors } = await readSafetensors(fixture("units/units.safetensors"));
const units: { ddim_timesteps: Record<string, number[]> } = JSON.parse(
  readFileSync(fixture("units/units.json"), "utf8"),
);

describe("schedule", () => {
  it.each(Object.entries(units.ddim_timesteps))(
    "has the reference's timesteps for %s steps",
    (steps, expected) => {
      expect(timestepsOf(createSchedule(SD1, Number(steps)))).toEqual(expected);
    },
  );

  it("has the reference's noise levels", () => {
    const { alphasCumprod } = createSchedule(SD1, 50);
    expect(alphasCumprod).toBeAllclose(tensors.get("ddim/alphas_cumprod")!, { absolute: 1e-6 });
  });

  it.each([0, -1, 1.5, 1001, Number.NaN])("refuses %s steps", (steps) => {
    expect(() => createSchedule(SD1, steps)).toThrow("must be a whole number from 1 to 1000");
  });

  it("refuses what it does not know", () => {
    expect(() => createSchedule({ ...SD1, beta_schedule: "squaredcos_cap_v2" }, 5)).toThrow(
      "squaredcos_cap_v2",
    );
    expect(() => createSchedule({ ...SD1, prediction_type: "sample" }, 5)).toThrow("sample");
  });
});

describe("DDIM", () => {
  const x = tensors.get("ddim/x")!;
  const eps = tensors.get("ddim/eps")!;

  it.each(["epsilon", "v_prediction"])("tells the clean latents that a prediction implies: %s", (kind) => {
    const { steps, inversion, alphasCumprod } = createSchedule({ ...SD1, prediction_type: kind }, 10);
    for (const step of [...steps, ...inversion.slice(1)]) {
      // A step down starts at its own level, a step up at the level of the one before it.
      const isUp = inversion.includes(step);
      const from = isUp ? inversion[step.index - 1]!.alphaTo : alphasCumprod[step.timestep]!;
      const [signal, noise] = [Math.sqrt(from), Math.sqrt(1 - from)];
      const mix = (a: number, b: number) =>
        floatTensor(
          x.shape,
          x.data.map((value, i) => a * value + b * eps.data[i]!),
        );
      const prediction = kind === "epsilon" ? eps : mix(-noise, signal);
      expect(ddimStep(step.clean, mix(signal, noise), prediction)).toBeAllclose(x, { absolute: 1e-4 });
    }
  });

  it.each([5, 7, 50])("steps down and up like the reference, %i steps", (steps) => {
    const schedule = createSchedule(SD1, steps);
    const down = tensors.get(`ddim/N${steps}/step`)!;
    const up = tensors.get(`ddim/N${steps}/inverse`)!;
    const actual = { down: [] as number[], up: [] as number[] };
    for (const step of schedule.steps) {
      const inverse = schedule.inversion[step.inverted]!;
      expect(inverse).toMatchObject({ timestep: step.timestep, inverted: step.inverted });
      actual.down.push(...ddimStep(step, x, eps).data);
      actual.up.push(...ddimStep(inverse, x, eps).data);
    }
    for (const [values, expected] of [
      [actual.down, down],
      [actual.up, up],
    ] as const) {
      const largest = Math.max(1, ...values.map(Math.abs));
      expect(values).toBeAllclose(expected.data, { absolute: 1e-5 * largest });
    }
  });

  it("undoes its own inversion when the prediction is the same", () => {
    const schedule = createSchedule(SD1, 10);
    for (const step of schedule.steps) {
      const noisier = ddimStep(schedule.inversion[step.inverted]!, x, eps);
      const back = ddimStep(step, noisier, eps);
      expect(back).toBeAllclose(x, { absolute: 5e-5 });
    }
  });

  it("steps with v as with the ε and the clean latents that it implies", () => {
    const schedule = createSchedule({ ...SD1, prediction_type: "v_prediction" }, 10);
    for (const step of schedule.steps) {
      const from = schedule.alphasCumprod[step.timestep]!;
      const expected = x.data.map((value, i) => {
        const v = eps.data[i]!;
        const clean = Math.sqrt(from) * value - Math.sqrt(1 - from) * v;
        const epsilon = Math.sqrt(from) * v + Math.sqrt(1 - from) * value;
        return Math.sqrt(step.alphaTo) * clean + Math.sqrt(1 - step.alphaTo) * epsilon;
      });
      expect(ddimStep(step, x, eps).data).toBeAllclose(expected, { absolute: 5e-6 });
    }
  });

  it("guides away from the unconditional prediction, and needs none", () => {
    const tensor = (...values: number[]) => floatTensor([values.length], Float32Array.from(values));
    expect(guide([tensor(1, 2), tensor(2, 2)], 7.5)).toEqual(tensor(8.5, 2));
    expect(guide([tensor(2, 2)], 7.5)).toEqual(tensor(2, 2));
  });
});

describe("schedules of other checkpoints", () => {
  it.each(Object.entries(SCHEDULERS))("step as diffusers does: %s", async (name, config) => {
    const { tensors: stored } = await readSafetensors(fixture("checkpoints/ddim.safetensors"));
    const at = (tensor: string) => stored.get(`ddim/${name}/${tensor}`)!;
    const x = at("x");
    const outputs = at("model_output");
    const steps = outputs.shape[0]!;
    const schedule = createSchedule(config, steps, "fatezero");
    expect(timestepsOf(schedule)).toEqual(Array.from(at("timesteps").data));
    expect(schedule.alphasCumprod).toBeAllclose(at("alphas_cumprod"), { absolute: 1e-6 });
    for (let i = 0; i < steps; i++) {
      const [before, output, after] = [x, outputs, x].map((t, k) =>
        slice0(t, i + (k === 2 ? 1 : 0), i + (k === 2 ? 2 : 1)),
      );
      const stepped = ddimStep(schedule.steps[i]!, before!, output!);
      const largest = Math.max(1, ...after!.data.map(Math.abs));
      expect(stepped.data).toBeAllclose(after!.data, { absolute: 1e-5 * largest });
    }
  });

  it.each(Object.entries(SCHEDULERS))("come back by the inverse of each step: %s", (_, config) => {
    const schedule = createSchedule(config, 7);
    const of = (f: (i: number) => number) =>
      floatTensor(
        [8],
        Float32Array.from({ length: 8 }, (_, i) => f(i)),
      );
    const latents = of(Math.sin);
    const output = of((i) => Math.cos(2 * i));
    for (const step of schedule.steps) {
      // A step towards noise and back with predictions that mean the same ε and x₀ at both levels.
      const up = ddimStep(schedule.inversion[step.inverted]!, latents, output);
      expect(up.data.every(Number.isFinite)).toBe(true);
      const [from, to] = [step.alphaTo, schedule.alphasCumprod[step.timestep]!];
      const asThere = of((i) => {
        if (schedule.prediction === "epsilon") return output.data[i]!;
        const clean = Math.sqrt(from) * latents.data[i]! - Math.sqrt(1 - from) * output.data[i]!;
        const noise = Math.sqrt(from) * output.data[i]! + Math.sqrt(1 - from) * latents.data[i]!;
        return Math.sqrt(to) * noise - Math.sqrt(1 - to) * clean;
      });
      expect(ddimStep(step, up, asThere)).toBeAllclose(latents, { absolute: 1e-4 });
    }
  });

  it.each(Object.entries(SCHEDULERS))("lead each step to where the next begins: %s", (_, config) => {
    const { steps, alphasCumprod, finalAlphaCumprod } = createSchedule(config, 10);
    const next = steps.slice(1).map(({ timestep }) => alphasCumprod[timestep]);
    expect(steps.map(({ alphaTo }) => alphaTo)).toEqual([...next, finalAlphaCumprod]);
  });

  it("rounds halves to even where the spacing gives them, as NumPy does", () => {
    const timesteps = timestepsOf(createSchedule({ ...SD1, timestep_spacing: "trailing" }, 16));
    expect(timesteps.slice(0, 4)).toEqual([999, 937, 874, 811]);
    expect(timestepsOf(createSchedule({ ...SD1, timestep_spacing: "linspace" }, 1))).toEqual([0]);
  });

  it("refuse ε where the noisiest step holds no signal, and spacings that are not known", () => {
    expect(() => createSchedule({ ...SD1, rescale_betas_zero_snr: true }, 5)).toThrow(
      'prediction_type is "epsilon", from which no picture can be told',
    );
    expect(() => createSchedule({ ...SD1, timestep_spacing: "karras" }, 5)).toThrow("karras");
  });
});
