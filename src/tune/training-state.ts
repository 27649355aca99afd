import type { Model } from "../pipeline/index.ts";
import { type JobState, type KeyPart, keyOf } from "../resume/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { startTraining, type Trained, type TrainedParameters } from "./adamw.ts";
import type { TuneSettings } from "./options.ts";

/** The loss of one update. */
export interface LossPoint {
  /** Counted from 1. */
  readonly step: number;
  /** Mean squared error of the prediction, at that step's noise level. */
  readonly loss: number;
  /** Of all gradients together, before they are clipped. */
  readonly gradientNorm: number;
}

/** The loss on the noise levels held out, after some updates. */
export interface HeldOutPoint {
  readonly step: number;
  readonly loss: number;
}

/** A training on its way. */
export interface Training {
  /** Updates that are done. */
  step: number;
  /** Updates on class images alone, which only the released code makes. */
  imageUpdates: number;
  readonly parameters: TrainedParameters;
  readonly losses: LossPoint[];
  readonly heldOut: HeldOutPoint[];
  /** The weights at the best measurement, where training may stop early by it. */
  best: ReadonlyMap<string, FloatTensor> | null;
}

/** Raised whenever the same training gives other numbers than before. */
const KEY_VERSION = 1;

/** What a training's numbers depend on, the number of its steps aside: a longer one goes on where a shorter one ended. */
export interface TrainingIdentity {
  readonly model: Pick<Model, "fingerprint">;
  readonly frames: readonly {
    readonly width: number;
    readonly height: number;
    readonly data: ArrayBufferView;
  }[];
  readonly ids: readonly number[];
  readonly settings: TuneSettings;
  readonly classImages: {
    readonly ids: readonly number[];
    readonly frames: TrainingIdentity["frames"];
  } | null;
}

export function trainingKey({
  model,
  frames,
  ids,
  settings,
  classImages,
}: TrainingIdentity): Promise<string> {
  const { steps: _, ...numbers } = settings;
  const parts: KeyPart[] = [KEY_VERSION, model.fingerprint, ids, numbers];
  const add = (pictures: TrainingIdentity["frames"]): void => {
    for (const { width, height, data } of pictures) parts.push(`${width}x${height}`, data);
  };
  add(frames);
  if (classImages) {
    parts.push(classImages.ids);
    add(classImages.frames);
  }
  return keyOf("tune", parts);
}

/** Begins a training with the weights as they are. */
export function newTraining(initial: ReadonlyMap<string, FloatTensor>): Training {
  const parameters = new Map([...initial].map(([name, value]) => [name, startTraining(value)]));
  return { step: 0, imageUpdates: 0, parameters, losses: [], heldOut: [], best: null };
}

/** Rows of three numbers. */
function table(rows: readonly (readonly number[])[], columns: number): FloatTensor {
  return floatTensor([rows.length, columns], Float32Array.from(rows.flat()));
}

function rowsOf(tensor: FloatTensor | undefined): number[][] {
  const [count = 0, columns = 0] = tensor?.shape ?? [];
  return Array.from({ length: count }, (_, i) => [...tensor!.data.subarray(i * columns, (i + 1) * columns)]);
}

/** All that a training is, as it is now: parameters, their running averages, and what was measured. */
export function stateOfTraining(training: Training, steps: number, title: string): JobState {
  const tensors: Record<string, FloatTensor> = {};
  for (const [name, { value, first, second, updates }] of training.parameters) {
    tensors[`value/${name}`] = value;
    tensors[`first/${name}`] = floatTensor(value.shape, first);
    tensors[`second/${name}`] = floatTensor(value.shape, second);
    tensors[`updates/${name}`] = floatTensor([1], Float32Array.of(updates));
  }
  for (const [name, value] of training.best ?? []) tensors[`best/${name}`] = value;
  if (training.imageUpdates > 0)
    tensors.imageUpdates = floatTensor([1], Float32Array.of(training.imageUpdates));
  if (training.losses.length > 0) {
    tensors.losses = table(
      training.losses.map(({ loss, gradientNorm }) => [loss, gradientNorm]),
      2,
    );
  }
  if (training.heldOut.length > 0) {
    tensors.heldOut = table(
      training.heldOut.map(({ step, loss }) => [step, loss]),
      2,
    );
  }
  return { step: training.step, steps, title, tensors };
}

const sameShape = (a: FloatTensor | undefined, b: FloatTensor): boolean => a?.shape.join() === b.shape.join();

/** Whether a state is one of this training. */
export function fitsTraining({ parameters }: Training, steps: number, { step, tensors }: JobState): boolean {
  return (
    step >= 0 &&
    step <= steps &&
    (tensors.losses?.shape[0] ?? 0) === step &&
    [...parameters].every(
      ([name, { value }]) =>
        ["value", "first", "second"].every((part) => sameShape(tensors[`${part}/${name}`], value)) &&
        tensors[`updates/${name}`]?.data.length === 1,
    )
  );
}

/** A training as a state that fits holds it. */
export function restoreTraining({ parameters }: Training, { step, tensors }: JobState): Training {
  const restored = [...parameters.keys()].map((name): readonly [string, Trained] => {
    const data = (part: string): Float32Array => tensors[`${part}/${name}`]!.data.slice();
    const value = floatTensor(tensors[`value/${name}`]!.shape, data("value"));
    const updates = tensors[`updates/${name}`]!.data[0]!;
    return [name, { value, first: data("first"), second: data("second"), updates }];
  });
  const best = [...parameters.keys()].flatMap((name) => {
    const value = tensors[`best/${name}`];
    return value ? [[name, value] as const] : [];
  });
  return {
    step,
    imageUpdates: tensors.imageUpdates?.data[0] ?? 0,
    parameters: new Map(restored),
    losses: rowsOf(tensors.losses).map(([loss, gradientNorm], i) => ({
      step: i + 1,
      loss: loss!,
      gradientNorm: gradientNorm!,
    })),
    heldOut: rowsOf(tensors.heldOut).map(([at, loss]) => ({ step: at!, loss: loss! })),
    best: best.length > 0 ? new Map(best) : null,
  };
}
