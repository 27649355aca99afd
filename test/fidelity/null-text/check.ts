import { ddimStep, guide } from "../../../src/diffusion/index.ts";
import {
  createDenoiser,
  type Model,
  planSites,
  promptIds,
  resolveMethod,
} from "../../../src/pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import { learningRate, objectiveOf, optimizeStep } from "../../../src/tune/null-text/index.ts";
import { MARKS } from "../marks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";
import { type Recorded, scheduleOf } from "./recorded.ts";

const largest = (data: Float32Array): number =>
  data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
const scalar = (value: number): FloatTensor => floatTensor([1], Float32Array.of(value));

function denoiserOf(model: Model, { steps }: Recorded) {
  const settings = resolveMethod(model, { compat: "fatezero", attend: [] });
  const [h, w] = steps[0]!.latents.shape.slice(-2) as [number, number];
  return createDenoiser(model, settings, planSites(model, settings.compat, h, w));
}

async function textRows(model: Model, { prompt, source, empty }: Recorded): Promise<Row[]> {
  const states = gauge("text states", "prompt");
  for (const [role, text, expected] of [
    ["source", prompt, source],
    ["empty prompt", "", empty],
  ] as const) {
    const { ids } = promptIds(model.tokenizer, text, "fatezero", role);
    states.add(await model.encodeText(ids), expected, MARKS.textStates, role);
  }
  return states.rows();
}

/** Every denoising step from its own stored latents and the stored text of the step before. */
async function stepRows(model: Model, recorded: Recorded): Promise<Row[]> {
  const denoiser = denoiserOf(model, recorded);
  const schedule = scheduleOf(model.checkpoint.scheduler, recorded);
  const { options, source, gradient: first } = recorded;
  const terms = { ...options, checkpointing: false };
  const gradients = gauge("first gradient", "tensor");
  const losses = gauge("loss", "iteration");
  const texts = gauge("embeddings", "step");
  const latents = gauge("latents", "step");
  const counts: number[] = [];
  for (const [i, stored] of recorded.steps.entries()) {
    const step = schedule.steps[i]!;
    const inputs = { ...stored, source };
    if (i === 0 && first) {
      const { gradient } = await (await objectiveOf(denoiser, step, inputs, terms)).at(stored.text);
      gradients.add(gradient, first, MARKS.gradient * largest(first.data));
    }
    const ours = await optimizeStep(denoiser, step, inputs, terms);
    counts.push(ours.losses.length);
    for (const [j, loss] of ours.losses.slice(0, stored.losses.length).entries())
      losses.add(scalar(loss), scalar(stored.losses[j]!), MARKS.loss * stored.losses[j]!, `step ${i}, ${j}`);
    texts.add(ours.text, stored.optimized, MARKS.update * learningRate(i), `step ${i}`);
    latents.add(ours.latents, stored.next, MARKS.nullText, `step ${i}`);
  }
  const inner = equalRow(
    "iterations until the stop",
    counts,
    recorded.steps.map(({ losses }) => losses.length),
  );
  return [...gradients.rows(), ...losses.rows(), inner, ...texts.rows(), ...latents.rows()];
}

/** Where guidance leads without optimisation, from the noisiest latents. */
async function plainRows(model: Model, recorded: Recorded): Promise<Row[]> {
  if (!recorded.plain) return [];
  const denoiser = denoiserOf(model, recorded);
  let { latents } = recorded.steps[0]!;
  for (const step of scheduleOf(model.checkpoint.scheduler, recorded).steps) {
    const branches = [recorded.empty, recorded.source].map((text) => ({ latents, text }));
    const { predictions } = await denoiser.plain(branches, step.timestep);
    latents = ddimStep(step, latents, guide(predictions, recorded.options.guidance));
  }
  const plain = gauge("latents without null-text", "run");
  // Rounding of all steps is in it, so it counts beside the largest value.
  plain.add(latents, recorded.plain, MARKS.nullText * Math.max(1, largest(recorded.plain.data)));
  return plain.rows();
}

/** Compares a recorded null-text inversion with ours, step by step. */
export async function checkNullText(model: Model, recorded: Recorded): Promise<Row[]> {
  const { steps } = scheduleOf(model.checkpoint.scheduler, recorded);
  const ascending = steps.map(({ timestep }) => timestep).reverse();
  return [
    ...(await textRows(model, recorded)),
    equalRow("timesteps", ascending, recorded.timesteps),
    ...(await stepRows(model, recorded)),
    ...(await plainRows(model, recorded)),
  ];
}
