import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCHEDULERS } from "../../test/fidelity/checkpoints/ddim.ts";
import { fixture, maxDifference } from "../../test/support/fixtures.ts";
import { readSafetensors } from "../files/index.ts";
import { floatTensor, slice0 } from "../tensor/index.ts";
import { alphaAt, alphaBelow, createSchedule, ddimInversionStep, ddimStep, guide } from "./index.ts";

const SD1 = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
};

const { tensors } = await readSafetensors(fixture("units/units.safetensors"));
const units: { ddim_timesteps: Record<string, number[]> } = JSON.parse(
  readFileSync(fixture("units/units.json"), "utf8"),
);

describe("schedule", () => {
  it.each(Object.entries(units.ddim_timesteps))(
    "has the reference's timesteps for %s steps",
    (steps, expected) => {
      expect(createSchedule(SD1, Number(steps)).timesteps).toEqual(expected);
    },
  );

  it("has the reference's noise levels", () => {
    const { alphasCumprod } = createSchedule(SD1, 50);
    expect(
      maxDifference(floatTensor([1000], alphasCumprod), tensors.get("ddim/alphas_cumprod")!),
    ).toBeLessThan(1e-6);
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
  const x = tensors.get("ddim/x")!.data;
  const eps = tensors.get("ddim/eps")!.data;

  it.each([5, 7, 50])("steps down and up like the reference, %i steps", (steps) => {
    const schedule = createSchedule(SD1, steps);
    const down = tensors.get(`ddim/N${steps}/step`)!;
    const up = tensors.get(`ddim/N${steps}/inverse`)!;
    const count = x.length;
    let worst = 0;
    let largest = 1;
    for (const [i, t] of schedule.timesteps.entries()) {
      const pairs = [
        [ddimStep(schedule, x, eps, t), down],
        [ddimInversionStep(schedule, x, eps, t), up],
      ] as const;
      for (const [actual, all] of pairs) {
        for (const [k, value] of actual.entries()) {
          worst = Math.max(worst, Math.abs(value - all.data[i * count + k]!));
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }
    expect(worst).toBeLessThan(1e-5 * largest);
  });

  it("undoes its own inversion when the prediction is the same", () => {
    for (const prediction_type of ["epsilon", "v_prediction"]) {
      const schedule = createSchedule({ ...SD1, prediction_type }, 10);
      const noise = Float32Array.from(eps);
      if (prediction_type === "epsilon") {
        const back = ddimStep(schedule, ddimInversionStep(schedule, x, noise, 501), noise, 501);
        for (const [i, value] of back.entries()) expect(value).toBeCloseTo(x[i]!, 4);
      } else {
        // With v the same clean latents come out at every level only if v is made for the level: check against ε.
        const a = schedule.alphasCumprod[501]!;
        const clean = x.map((value, i) => Math.sqrt(a) * value - Math.sqrt(1 - a) * noise[i]!);
        const epsilon = x.map((value, i) => Math.sqrt(a) * noise[i]! + Math.sqrt(1 - a) * value);
        const b = schedule.alphasCumprod[401]!;
        const down = ddimStep(schedule, x, noise, 501);
        for (const [i, value] of down.entries()) {
          expect(value).toBeCloseTo(Math.sqrt(b) * clean[i]! + Math.sqrt(1 - b) * epsilon[i]!, 5);
        }
      }
    }
  });

  it("guides away from the unconditional prediction", () => {
    expect(Array.from(guide(Float32Array.of(1, 2), Float32Array.of(2, 2), 7.5))).toEqual([8.5, 2]);
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
    expect(schedule.timesteps).toEqual(Array.from(at("timesteps").data));
    expect(maxDifference(floatTensor([1000], schedule.alphasCumprod), at("alphas_cumprod"))).toBeLessThan(
      1e-6,
    );
    for (let i = 0; i < steps; i++) {
      const [before, output, after] = [x, outputs, x].map((t, k) =>
        slice0(t, i + (k === 2 ? 1 : 0), i + (k === 2 ? 2 : 1)),
      );
      const stepped = ddimStep(schedule, before!.data, output!.data, schedule.timesteps[i]!);
      const largest = Math.max(1, ...after!.data.map(Math.abs));
      expect(maxDifference(floatTensor(after!.shape, stepped), after!)).toBeLessThan(1e-5 * largest);
    }
  });

  it.each(Object.entries(SCHEDULERS))("come back by the inverse of each step: %s", (_, config) => {
    const schedule = createSchedule(config, 7);
    const latents = Float32Array.from({ length: 8 }, (_, i) => Math.sin(i));
    const output = Float32Array.from({ length: 8 }, (_, i) => Math.cos(2 * i));
    const { prediction } = schedule;
    for (const timestep of schedule.timesteps) {
      // A step towards noise and back with predictions that mean the same ε and x₀ at both levels.
      const up = ddimInversionStep(schedule, latents, output, timestep);
      expect(up.every(Number.isFinite)).toBe(true);
      const from = alphaBelow(schedule, timestep);
      const to = alphaAt(schedule, timestep);
      const asThere = (i: number): number => {
        if (prediction === "epsilon") return output[i]!;
        const clean = Math.sqrt(from) * latents[i]! - Math.sqrt(1 - from) * output[i]!;
        const noise = Math.sqrt(from) * output[i]! + Math.sqrt(1 - from) * latents[i]!;
        return Math.sqrt(to) * noise - Math.sqrt(1 - to) * clean;
      };
      const back = ddimStep(
        schedule,
        up,
        output.map((_, i) => asThere(i)),
        timestep,
      );
      expect(maxDifference(floatTensor([8], back), floatTensor([8], latents))).toBeLessThan(1e-4);
    }
  });

  it.each(Object.entries(SCHEDULERS))("lead each step to where the next begins: %s", (_, config) => {
    const { timesteps, below } = createSchedule(config, 10);
    expect(timesteps.map((t) => below.get(t))).toEqual([...timesteps.slice(1), -1]);
  });

  it("rounds halves to even where the spacing gives them, as NumPy does", () => {
    const { timesteps } = createSchedule({ ...SD1, timestep_spacing: "trailing" }, 16);
    expect(timesteps.slice(0, 4)).toEqual([999, 937, 874, 811]);
    expect(createSchedule({ ...SD1, timestep_spacing: "linspace" }, 1).timesteps).toEqual([0]);
  });

  it("refuse ε where the noisiest step holds no signal, and spacings that are not known", () => {
    expect(() => createSchedule({ ...SD1, rescale_betas_zero_snr: true }, 5)).toThrow(
      'prediction_type is "epsilon", from which no picture can be told',
    );
    expect(() => createSchedule({ ...SD1, timestep_spacing: "karras" }, 5)).toThrow("karras");
  });
});
