import { createSessionCache } from "../../../src/pipeline/sessions.ts";
import type { Engine } from "../../../src/runtime/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../../../src/tensor/index.ts";
import { ADAMW, normOf, startTraining, updateParameters } from "../../../src/tune/adamw.ts";
import { createNetwork, type Network } from "../../../src/tune/network.ts";
import type { TuneSettings } from "../../../src/tune/options.ts";
import { MARKS } from "../marks.ts";
import { gauge, type Row, reportedRow, worstDifference } from "../rows.ts";
import type { Recorded, RecordedCall } from "./recorded.ts";

const adamwOf = ({ optimizer: { lr, betas, eps, weight_decay }, maxNorm }: Recorded) => ({
  ...ADAMW,
  learningRate: lr,
  beta1: betas[0],
  beta2: betas[1],
  epsilon: eps,
  weightDecay: weight_decay,
  maxGradNorm: maxNorm,
});

/** The network of a recorded run as one-shot tuning computes it. */
export function networkOf(engine: Engine, recorded: Recorded, recompute = false): Network {
  const settings: TuneSettings = {
    ...{
      steps: 1,
      adamw: adamwOf(recorded),
      modules: [],
      rank: 1,
      attend: recorded.attend,
      leastChannels: 0,
      groupNorm: "clip",
    },
    ...{ seed: 0, holdOut: 0, measureEvery: 1, stopEarly: null, recompute, compat: "fatezero" },
  };
  const maxLength = recorded.calls[0]!.text.shape[1]!;
  const sessions = createSessionCache(engine, { build: 0, load: 0 });
  const host = { unetBytes: 0, sessions, tokenizer: { maxLength } };
  return createNetwork(host, recorded.unet, [...recorded.trainable], settings);
}

/** What the network is shown in a recorded step. */
export function batchOf({ latents, clip, noise, timestep, text }: RecordedCall) {
  const states = slice0(text, 0, 1);
  return {
    ...{ latents, isClip: clip, target: noise, timesteps: [...timestep.data] },
    text: floatTensor(text.shape.slice(1), states.data),
  };
}

const largest = ({ data }: FloatTensor): number =>
  data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
const scalar = (value: number): FloatTensor => floatTensor([1], Float32Array.of(value));

/**
 * Trains as the run did, from its own parameters on, on the inputs that it recorded. AdamW turns a gradient near zero into
 * a full step of either sign, and from there two runs drift apart, in small random networks quickly: what depends on all
 * parameters is judged at first and reported after, and a parameter is judged at the end where every gradient that it had
 * is above what rounding makes of it, or exactly zero: by itself, or with all others in a run that has drifted.
 */
export async function checkTuning(network: Network, recorded: Recorded): Promise<Row[]> {
  const adamw = adamwOf(recorded);
  const predictions = gauge("prediction", "step");
  const losses = gauge("loss", "step");
  const norms = gauge("norm of the gradients", "step");
  const drift = { prediction: 0, norm: 0 };
  const gradients = gauge("gradients", "tensor");
  const parameters = new Map([...recorded.parameters].map(([name, value]) => [name, startTraining(value)]));
  const judged = new Map(
    [...recorded.parameters].map(([name, { data }]) => [name, new Uint8Array(data.length).fill(1)]),
  );
  for (const [i, call] of recorded.calls.entries()) {
    const batch = batchOf(call);
    const isFirst = recorded.calls.findIndex(({ clip }) => clip) === i;
    if (call.clip) {
      const [, ...shape] = batch.latents.shape;
      const own = floatTensor(shape, batch.latents.data);
      const prediction = await network.predict(own, batch.timesteps[0]!, [batch.text], parameters);
      if (isFirst) predictions.add(prediction, call.prediction, MARKS.prediction, `step ${i}`);
      drift.prediction = Math.max(drift.prediction, worstDifference(prediction.data, call.prediction.data));
    }
    const ours = await network.loss(batch, parameters);
    const norm = normOf(ours.gradients);
    drift.norm = Math.max(drift.norm, Math.abs(norm - call.norm) / call.norm);
    losses.add(scalar(ours.loss), scalar(call.loss), MARKS.loss * call.loss, `step ${i}`);
    if (i === 0) norms.add(scalar(norm), scalar(call.norm), MARKS.gradient * call.norm, "step 0");
    for (const [name, expected] of call.gradients ?? []) {
      const actual = ours.gradients.get(name);
      // A parameter that the step does not use keeps a gradient of zeros in PyTorch.
      if (!actual && largest(expected) === 0) continue;
      if (!actual) throw new Error(`${name} has a gradient that ours has not`);
      const mark = MARKS.gradient * largest(expected) + MARKS.gradientNoise * call.norm;
      gradients.add(actual, expected, mark, `step ${i}, ${name}`);
    }
    for (const [name, gradient] of ours.gradients) {
      const least = (MARKS.gradient * largest(gradient) + MARKS.gradientNoise * norm) / MARKS.update;
      const isJudged = judged.get(name)!;
      for (const [j, g] of gradient.data.entries()) if (g !== 0 && Math.abs(g) < least) isJudged[j] = 0;
    }
    updateParameters(parameters, ours.gradients, norm, adamw, call.clip ? "keep" : "decay");
  }
  const short = (value: number): string => value.toExponential(1);
  const rows = [
    ...[predictions, losses, norms, gradients].flatMap((quantity) => quantity.rows()),
    reportedRow(
      "drift of the run",
      `${recorded.calls.length} steps`,
      `prediction ${short(drift.prediction)}, norm of the gradients ${short(drift.norm)} of itself`,
    ),
  ];
  return recorded.final
    ? [
        ...rows,
        finalRow(recorded, recorded.final, { parameters, judged, hasDrifted: drift.norm > MARKS.gradient }),
      ]
    : rows;
}

/** The parameters after the last step: those that are judged, of all. */
function finalRow(
  { optimizer }: Recorded,
  final: ReadonlyMap<string, FloatTensor>,
  ours: {
    readonly parameters: ReadonlyMap<string, { readonly value: FloatTensor }>;
    readonly judged: ReadonlyMap<string, Uint8Array>;
    readonly hasDrifted: boolean;
  },
): Row {
  let [count, all, worst, squares, where] = [0, 0, 0, 0, ""];
  for (const [name, expected] of final) {
    const { data } = ours.parameters.get(name)!.value;
    const isJudged = ours.judged.get(name)!;
    all += data.length;
    for (const [i, value] of data.entries()) {
      if (isJudged[i] === 0) continue;
      const difference = Math.abs(value - expected.data[i]!);
      count++;
      squares += difference ** 2;
      if (!(difference <= worst)) [worst, where] = [difference, name];
    }
  }
  const mark = MARKS.update * optimizer.lr;
  const mean = Math.sqrt(squares / count);
  const difference = ours.hasDrifted ? mean : worst;
  return {
    quantity: "parameters at the end",
    compared: `${count} of ${all} values`,
    worst: ours.hasDrifted
      ? `${mean.toExponential(1)} in the mean, ${worst.toExponential(1)} at most`
      : `${worst.toExponential(1)} (${where})`,
    mark: mark.toExponential(1),
    verdict: difference <= mark ? "ok" : "MISS",
  };
}
