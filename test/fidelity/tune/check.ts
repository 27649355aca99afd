import { frameIndices, trainingUNet } from "../../../src/attention/index.ts";
import { compile, gradientName } from "../../../src/graph/index.ts";
import type { Engine } from "../../../src/runtime/index.ts";
import { type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import { MARKS } from "../marks.ts";
import { gauge, type Row } from "../rows.ts";
import { firstStep } from "./adamw.ts";
import type { Recorded, RecordedCall, Tensors } from "./recorded.ts";

/** Prediction, loss and gradients of one recorded step, with the parameters as they are before it. */
export async function computeCall(
  engine: Engine,
  { unet, attend, trainable }: Recorded,
  call: RecordedCall,
  parameters: Tensors,
  checkpointing = false,
) {
  const frames = call.clip ? attend : [];
  const graph = trainingUNet(unet, {
    attend: { frames },
    groupNorm: "clip",
    temporal: call.clip,
    textLength: call.text.shape[1]!,
    wordMapSites: [],
    asInputs: (name) => trainable.has(name),
    checkpointing,
  });
  const names = Object.keys(graph.weights ?? {});
  await using session = await engine.open(compile(graph, engine.lowering));
  const feeds = {
    latents: call.latents,
    timestep: call.timestep,
    text: call.text,
    target: call.noise,
    ...(graph.inputs.attendTo ? { attendTo: frameIndices(frames, call.latents.shape[1]!) } : {}),
  };
  const weights = Object.fromEntries(names.map((name) => [name, parameters.get(name)!]));
  const { prediction, loss, ...rest } = await session.run(feeds, { weights });
  const gradients = new Map(names.map((name) => [name, rest[gradientName(name)]!]));
  return { prediction, loss: loss.data[0]!, gradients };
}

const largest = ({ data }: FloatTensor): number =>
  data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
const normOf = (tensors: Tensors): number =>
  Math.sqrt([...tensors.values()].reduce((sum, { data }) => sum + data.reduce((s, x) => s + x * x, 0), 0));
const scalar = (value: number): FloatTensor => floatTensor([1], Float32Array.of(value));

/** Compares the steps whose parameters are known: the first, and where its gradients are recorded the second. */
export async function checkTuning(engine: Engine, recorded: Recorded): Promise<Row[]> {
  const predictions = gauge("prediction", "step");
  const losses = gauge("loss", "step");
  const norms = gauge("norm of the gradients", "step");
  const gradients = gauge("gradients", "tensor");
  let parameters = recorded.parameters;
  for (const [i, call] of recorded.calls.entries()) {
    const ours = await computeCall(engine, recorded, call, parameters);
    predictions.add(ours.prediction, call.prediction, MARKS.prediction, `step ${i}`);
    losses.add(scalar(ours.loss), scalar(call.loss), MARKS.loss * call.loss, `step ${i}`);
    norms.add(scalar(normOf(ours.gradients)), scalar(call.norm), MARKS.gradient * call.norm, `step ${i}`);
    if (!call.gradients) break;
    for (const [name, expected] of call.gradients) {
      const actual = ours.gradients.get(name);
      if (!actual) throw new Error(`${name} has a gradient that ours has not`);
      const mark = MARKS.gradient * largest(expected) + MARKS.gradientNoise * call.norm;
      gradients.add(actual, expected, mark, `step ${i}, ${name}`);
    }
    if (i > 0) break;
    parameters = firstStep(recorded, call.gradients, call.norm);
  }
  return [predictions, losses, norms, gradients].flatMap((quantity) => quantity.rows());
}
