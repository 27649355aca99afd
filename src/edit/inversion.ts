import { FateZeroError } from "../errors.ts";
import type { LoopState, MadeBy, MethodSettings, Prediction, SitePlan } from "../pipeline/index.ts";
import { leaveOut, say, the } from "../say.ts";
import {
  type FloatTensor,
  float16ToFloat32,
  float32ToFloat16,
  floatTensor,
  slice0,
} from "../tensor/index.ts";
import type { Video, VideoSource } from "../video/index.ts";

/**
 * What an inversion leaves behind, and all that an edit needs (paper §3.1): the trajectory of latents and the word
 * maps. No self-attention map is in it.
 */
export interface Inversion {
  readonly prompt: string;
  /** Ids of the prompt, padded. */
  readonly ids: readonly number[];
  readonly steps: number;
  readonly fps: number;
  /** Times of the frames where the clip has no constant rate, and where the clip came from (see `Video`). */
  readonly timestamps?: readonly number[];
  readonly duration?: number;
  readonly kind?: NonNullable<Video["kind"]>;
  readonly source?: VideoSource;
  readonly settings: MethodSettings;
  /** Pixels of the frames it was made from. */
  readonly size: { readonly width: number; readonly height: number };
  /** Name, fingerprint and (where it has one) version of the model that made it, and what was added to its checkpoint. */
  readonly model: MadeBy;
  /** `[T+1, F, C, h, w]`: entry 0 is clean, entry j is at the level of the j-th ascending timestep. */
  readonly latents: FloatTensor;
  /**
   * Cross-attention of every step to the prompt's own tokens as float16 bits, [T, F, mapHeight·mapWidth, tokens] in the
   * order of the inversion (cleanest first). Empty where the latent size has none.
   */
  readonly wordMaps: {
    readonly data: Uint16Array;
    readonly height: number;
    readonly width: number;
    readonly tokens: number;
  };
  /** Only where `nullText` optimised it. */
  readonly nullText?: NullText;
}

/** What edits take for the states of the empty prompt, so that guidance keeps to the source (Mokady et al. 2022). */
export interface NullText {
  /** Guidance scale that it was optimised for. */
  readonly guidance: number;
  /** A text for each step in the order of the inversion (cleanest first), for all frames or for each: [T, 1 or F, L, D]. */
  readonly embeddings: FloatTensor;
}

/** Frames of an inversion's clip. */
export const framesOf = ({ latents }: Inversion): number => latents.shape[1]!;

/** How many latents an inversion is, and how large. */
export function sizesOf({ steps, latents }: Pick<Inversion, "steps" | "latents">) {
  const [, frames, , height, width] = latents.shape as [number, number, number, number, number];
  return { steps, frames, height, width };
}

/** What a clip says of itself besides its frames; it travels with its inversion and its edits. */
export function clipFacts(clip: Pick<Inversion, "fps" | "timestamps" | "duration" | "kind" | "source">) {
  const { fps, timestamps, duration, kind, source } = clip;
  return {
    fps,
    ...(timestamps ? { timestamps } : {}),
    ...(duration === undefined ? {} : { duration }),
    ...(kind ? { kind } : {}),
    ...(source ? { source } : {}),
  };
}

/** The latents [F, C, h, w] after `step` inversion steps, 0 for the clean ones. */
export function latentsAt({ latents }: Inversion, step: number): FloatTensor {
  const row = slice0(latents, step, step + 1);
  return floatTensor(latents.shape.slice(1), row.data);
}

/** The text states of the unconditional branch at one inversion step: [L, D], or each frame's [F, L, D]. */
export function nullTextAt({ embeddings }: Pick<NullText, "embeddings">, step: number): FloatTensor {
  const [, texts, ...shape] = embeddings.shape as [number, number, ...number[]];
  const row = slice0(embeddings, step, step + 1);
  return floatTensor(texts === 1 ? shape : [texts, ...shape], row.data);
}

/** The map of some tokens at one inversion step, summed over them: [F, mapHeight, mapWidth]. */
export function wordMap(inversion: Inversion, step: number, tokens: readonly number[]): FloatTensor {
  const { data, height, width, tokens: count } = inversion.wordMaps;
  if (count === 0) {
    const [, , , h, w] = inversion.latents.shape;
    throw new FateZeroError(
      "no-word-maps",
      `Latents of ${h}×${w} have no blend mask in the released code.`,
      say`Use a ${the("size")} from 320 to 1024 pixels, ${leaveOut("compat")}, or give no ${the("maskWords")}.`,
    );
  }
  const frames = framesOf(inversion);
  const size = frames * height * width;
  const maps = float16ToFloat32(data.subarray(step * size * count, (step + 1) * size * count));
  const out = floatTensor([frames, height, width]);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (const token of tokens) sum += maps[i * count + token] ?? 0;
    out.data[i] = sum;
  }
  return out;
}

/** Bytes of state that an inversion keeps for its edits wherever it goes. */
export function stateBytes({ latents, wordMaps, nullText }: Inversion): number {
  return latents.data.byteLength + wordMaps.data.byteLength + (nullText?.embeddings.data.byteLength ?? 0);
}

/** A way through the noise levels, after a step: its latents, and where each token was seen on the way there. */
export interface InversionStep extends LoopState {
  /** The step's cross-attention [F, N, L], null where the latent size has no word maps. */
  readonly wordMaps: FloatTensor | null;
  /** Hidden states [F, N, C] that entered the fused blocks; none where they are not recorded. */
  readonly states: Prediction["states"];
}

/** Word maps of one step [F, N, L] → the columns of the prompt's own tokens as float16. */
function ownColumns(maps: FloatTensor, tokens: number): Uint16Array {
  const length = maps.shape[2]!;
  const rows = maps.data.length / length;
  const kept = new Float32Array(rows * tokens);
  for (let i = 0; i < rows; i++) kept.set(maps.data.subarray(i * length, i * length + tokens), i * tokens);
  return float32ToFloat16(kept);
}

/** Word maps that are to be filled; none where the latent size has none. */
export function emptyMaps(
  sites: SitePlan,
  steps: number,
  frames: number,
  tokens: number,
): Inversion["wordMaps"] {
  if (sites.maps.length === 0) return { data: new Uint16Array(0), height: 0, width: 0, tokens: 0 };
  const { mapHeight: height, mapWidth: width } = sites;
  return { data: new Uint16Array(steps * frames * height * width * tokens), height, width, tokens };
}

/** Latents at the level of `entry`, and the word maps of a run of the network at the timestep of the inversion step `inverted`. */
function record(
  { latents, wordMaps, steps }: Inversion,
  { entry, latents: z }: { readonly entry: number; readonly latents: FloatTensor },
  { inverted, maps }: { readonly inverted: number; readonly maps: FloatTensor | null },
): void {
  latents.data.set(z.data, entry * z.data.length);
  if (maps) wordMaps.data.set(ownColumns(maps, wordMaps.tokens), (inverted * wordMaps.data.length) / steps);
}

/** Writes a step of the loop towards noise where an inversion keeps it. */
export function recordStep(inversion: Inversion, { step, latents, wordMaps: maps }: InversionStep): void {
  record(inversion, { entry: step, latents }, { inverted: step - 1, maps });
}

/** Writes a step of the way back, noisiest first, where an inversion would keep it. */
export function recordStepBack(inversion: Inversion, { step, latents, wordMaps: maps }: InversionStep): void {
  const inverted = inversion.steps - step;
  record(inversion, { entry: inverted, latents }, { inverted, maps });
}
