import type { ScheduleStep } from "../diffusion/index.ts";
import type { Prediction } from "../pipeline/index.ts";
import type { CrossFusion } from "../prompt/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import type { FittedMasks } from "./hand-mask.ts";
import type { BlendStep } from "./latent-blend.ts";
import type { UsedMask } from "./masks.ts";
import type { PreparedRemoval } from "./removal.ts";

/** What an edit step takes from the source. */
export interface StepFusion {
  readonly cross: CrossFusion;
  readonly self: "none" | "full" | "masked";
  /** Of each region's own text. */
  readonly regions: readonly CrossFusion[];
}

/** A step of the schedule and what is fused in it; null: the edit keeps all of its own attention. */
export interface PreparedStep extends ScheduleStep {
  readonly fusion: StepFusion | null;
  /** Whether the unconditional branch runs beside the edit's. */
  readonly guided: boolean;
}

/** An edit with everything settled: what is left is Algorithm 2's loop. */
export interface PreparedEdit {
  /** Noisiest first. */
  readonly steps: readonly PreparedStep[];
  /** Guides the predictions of a step; where there is no unconditional branch it is the edit's own. */
  readonly guide: (step: PreparedStep, predictions: readonly FloatTensor[]) => FloatTensor;
  /** Predictions of (unconditional,) edit for latents z [F, C, h, w]; the source runs beside them where something is fused. */
  readonly denoise: (step: PreparedStep, z: FloatTensor, signal?: AbortSignal) => Promise<Prediction>;
  /**
   * Where some steps run the UNet's shallow part alone: the latents of the last whole step, from which an edit of so many
   * steps goes on; null where the next step is whole. Absent where all are.
   */
  readonly wholeLatents?: (done: number) => FloatTensor | null;
  /** Keeps the source's latents outside the mask; without a latent blend it changes nothing. */
  readonly blend: BlendStep;
  readonly blendsLatents: boolean;
  /** The masks as they act; null where the edit has none. */
  readonly mask: UsedMask | null;
  /** Masks by hand, which are part of `mask`. */
  readonly hand: FittedMasks | null;
  /** The automatic mask by itself, where masks by hand are added to it or cut it, or regions have words beside masks; else null. */
  readonly automatic: UsedMask | null;
  /** Where the predictions for the two prompts differ [F, h, w], about 0…1; null where the mask is not made of that. */
  readonly difference: FloatTensor | null;
  /** τ of the masks. */
  readonly tau: number;
  /** Whether self-attention is masked, where it is fused; else the mask serves the latent blend alone. */
  readonly masksSelf: boolean;
  /** What a removal has beside; null for other edits. */
  readonly removal: PreparedRemoval | null;
}
