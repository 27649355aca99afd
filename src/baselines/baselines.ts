import type { Job, Model } from "../pipeline/index.ts";
import type { GivenVideo, Video } from "../video/index.ts";
import { type AtlasEditOptions, editByAtlas } from "./atlas-edit.ts";
import { editByDdim } from "./ddim.ts";
import { editByNullTextP2p, P2P_DEFAULTS } from "./null-text-p2p.ts";
import type { BaselineEvent } from "./options.ts";
import { editBySdEdit, SDEDIT_DEFAULTS, type SdEditOptions } from "./sdedit.ts";
import { editByTuneAVideo } from "./tune-a-video.ts";

/** Options of all methods of comparison; each takes those that it knows. */
export interface AnyBaselineOptions extends SdEditOptions, AtlasEditOptions {}

/** A method that the paper compares itself with. */
interface Baseline {
  /** What it is called, and where it is from. */
  readonly title: string;
  /** Options that it takes beside those of all, and what it takes where they are not given. */
  readonly takes: readonly (keyof AnyBaselineOptions)[];
  readonly defaults: Partial<AnyBaselineOptions>;
  readonly edit: (model: Model, clip: GivenVideo, options: AnyBaselineOptions) => Job<BaselineEvent, Video>;
}

/** The methods that the paper compares itself with (§4.1, Table 1), and plain DDIM. */
export const BASELINES = {
  ddim: {
    title: "DDIM inversion and denoising (Song et al. 2021)",
    takes: ["negative"],
    defaults: {},
    edit: editByDdim,
  },
  sdedit: {
    title: "SDEdit, frame by frame (Meng et al. 2022)",
    takes: ["negative", "strength", "seed"],
    defaults: SDEDIT_DEFAULTS,
    edit: editBySdEdit,
  },
  "null-text-p2p": {
    title: "null-text inversion and prompt-to-prompt, frame by frame (Mokady et al. 2022; Hertz et al. 2022)",
    takes: ["selfSteps", "crossSteps", "amplify", "align"],
    defaults: P2P_DEFAULTS,
    edit: editByNullTextP2p,
  },
  "tune-a-video": {
    title: "Tune-A-Video and DDIM (Wu et al. 2022)",
    takes: ["negative", "seed"],
    defaults: { seed: 0 },
    edit: editByTuneAVideo,
  },
  atlas: {
    title:
      "a layered neural atlas, its middle frame by null-text inversion and prompt-to-prompt (Kasten et al. 2021)",
    takes: ["selfSteps", "crossSteps", "amplify", "align", "seed", "mask"],
    defaults: { ...P2P_DEFAULTS, seed: 0 },
    edit: editByAtlas,
  },
} as const satisfies Readonly<Record<string, Baseline>>;

export type BaselineMethod = keyof typeof BASELINES;

/** Edits a clip by a method of comparison. */
export function editByBaseline(
  method: BaselineMethod,
  model: Model,
  clip: GivenVideo,
  options: AnyBaselineOptions,
): Job<BaselineEvent, Video> {
  return BASELINES[method].edit(model, clip, options);
}
