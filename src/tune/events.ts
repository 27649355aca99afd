import type { ProgressEvent } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";

/** What `tune` yields while it runs, beside the progress that every job tells. */
export type TuneEvent =
  | ProgressEvent
  /** The loss of a step, the norm of its gradients before they are clipped, and what is left to do. */
  | {
      readonly type: "loss";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly gradientNorm: number;
      readonly secondsLeft: number;
    }
  /** The mean loss on noise levels that training never sees, after a step; `isBest` of all so far. */
  | { readonly type: "heldOut"; readonly step: number; readonly loss: number; readonly isBest: boolean }
  /** A clip drawn with the weights as they are after a step. */
  | {
      readonly type: "sample";
      readonly step: number;
      readonly prompt: string;
      readonly frames: readonly Frame[];
    };
