import { type FrameChunk, joinFrames, type NullTextUNet, nullTextUNet } from "../../attention/index.ts";
import type { ScheduleStep } from "../../diffusion/index.ts";
import { gradientName, type Outputs } from "../../graph/index.ts";
import type { Denoiser } from "../../pipeline/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../../tensor/index.ts";

/** What a denoising step begins with. */
export interface StepInputs {
  /** [F, C, h, w] */
  readonly latents: FloatTensor;
  /** The unconditional text of the step before [L, D], or each frame's [F, L, D]. */
  readonly text: FloatTensor;
  /** States of the source prompt, of the same shape. */
  readonly source: FloatTensor;
  /** The inversion's latents where the step should lead [F, C, h, w]. */
  readonly target: FloatTensor;
}

/** How far a guided step misses its target, by its unconditional text. */
export interface Objective {
  /** The prediction for the source prompt [F, C, h, w]. */
  readonly conditional: FloatTensor;
  /** The prediction for a text. */
  readonly predict: (text: FloatTensor) => Promise<FloatTensor>;
  /** The mean squared error, per frame the largest; and the gradient of it, or of their sum, like the text. */
  readonly at: (text: FloatTensor) => Promise<{ readonly loss: number; readonly gradient: FloatTensor }>;
}

/** Without a batch of its own: [1, …] → […]. */
const unbatched = ({ shape, data }: FloatTensor): FloatTensor => floatTensor(shape.slice(1), data);

/** Which frames of a clip are a chunk's own, 1 and 0: [frames]. */
function ownOf({ from, to }: FrameChunk, frames: number): FloatTensor {
  const counts = floatTensor([frames]);
  counts.data.fill(1, from, to);
  return counts;
}

/** Adds what the frames of a chunk say to the sum: for a text of all frames [L, D], or for those of its frames [F, L, D]. */
function addChunk(sum: FloatTensor, { data }: FloatTensor, { carried }: FrameChunk): void {
  if (sum.shape.length === 2) {
    for (let i = 0; i < data.length; i++) sum.data[i]! += data[i]!;
    return;
  }
  const size = sum.data.length / sum.shape[0]!;
  for (const [place, frame] of carried.entries())
    for (let i = 0; i < size; i++) sum.data[frame * size + i]! += data[place * size + i]!;
}

/**
 * What null-text inversion descends at one denoising step (Mokady et al. 2022, Eq. 3). All predictions come from the graph
 * with the gradient: to open a large model in two forms a step would cost more than the gradients that nobody needs. The loss
 * is a sum over frames, so that of a long clip, and its gradient, are sums over chunks; of what a chunk carries along only its own frames count.
 */
export async function objectiveOf(
  denoiser: Denoiser,
  { a, b, timestep }: ScheduleStep,
  { latents, source, target }: StepInputs,
  { guidance, checkpointing }: { readonly guidance: number; readonly checkpointing: boolean },
  signal?: AbortSignal,
): Promise<Objective> {
  const share = floatTensor([], Float32Array.of(b * (1 - guidance)));
  const frames = latents.shape[0]!;
  const chunks = denoiser.chunks(frames);
  const some = chunks.length > 1;
  const run = (text: FloatTensor, wanted: FloatTensor, chunk: FrameChunk): Promise<Outputs<NullTextUNet>> =>
    denoiser.outputs(
      {
        name: `null-text ${checkpointing}${some ? " of some" : ""}`,
        build: (component, options) => nullTextUNet(component, options, { checkpointing, some }),
        feeds: {
          ...{ share, wanted: floatTensor([1, ...latents.shape], wanted.data) },
          ...(some ? { counts: ownOf(chunk, frames) } : {}),
        },
      },
      [{ latents, text }],
      timestep,
      chunk,
      signal,
    );
  // Where only the prediction counts, what it should be does not.
  const predict = async (text: FloatTensor): Promise<FloatTensor> => {
    const parts: FloatTensor[] = [];
    for (const chunk of chunks) {
      const { first, from, to } = chunk;
      parts.push(slice0(unbatched((await run(text, latents, chunk)).prediction), first, first + to - from));
    }
    return joinFrames(chunks, parts);
  };
  const conditional = await predict(source);
  // The guided step ends at a·z + b·(u + s·(c − u)), so this is what b·(1 − s)·u should be.
  const wanted = floatTensor(
    latents.shape,
    target.data.map((value, i) => value - a * latents.data[i]! - b * guidance * conditional.data[i]!),
  );
  const ofText = gradientName("text");
  return {
    conditional,
    predict,
    async at(text) {
      if (!some) {
        const { losses, [ofText]: gradient } = await run(text, wanted, chunks[0]!);
        return { loss: Math.max(...losses.data), gradient: floatTensor(text.shape, gradient.data) };
      }
      const gradient = floatTensor(text.shape);
      const errors: number[] = [];
      for (const chunk of chunks) {
        const { losses, [ofText]: part } = await run(text, wanted, chunk);
        errors.push(...losses.data);
        addChunk(gradient, part, chunk);
      }
      if (text.shape.length === 3) return { loss: Math.max(...errors), gradient };
      const loss = errors.reduce((sum, error) => sum + error, 0) / frames;
      return {
        loss,
        gradient: floatTensor(
          text.shape,
          gradient.data.map((value) => value / frames),
        ),
      };
    },
  };
}
