import type { AttendRule } from "../attention/index.ts";
import {
  findCompatSites,
  frameListFault,
  MAX_FUSED_POSITIONS,
  positionsOf,
  wordMapSites,
} from "../attention/index.ts";
import { FateZeroError } from "../errors.ts";
import type { FrameWindow, Windowing } from "../frame-window.ts";
import { shownJson } from "../json.ts";
import { type AttentionSite, attentionSites, type GroupNormScope } from "../model/index.ts";
import { say, the } from "../say.ts";
import type { Model } from "./model.ts";
import { windowFor } from "./windows.ts";

/** Choices that belong to an inversion: an edit of it is computed the same way. */
export interface MethodSettings {
  /** Frames that self-attention looks at (paper Eq. 8). */
  readonly attend: AttendRule;
  /** Statistics of the ResNet blocks' GroupNorm: per frame, or over the clip as in the released code. */
  readonly groupNorm: GroupNormScope;
  /** The released code's numbers, its quirks included (docs/compat.md). */
  readonly compat: "fatezero" | null;
  /** First frames of the clip's scenes after the first one, rising; absent where it is one scene. No frame attends across. */
  readonly cuts?: readonly number[];
  /** The windows in which the clip is computed; absent where it is in another way. */
  readonly window?: FrameWindow;
}

export interface MethodOptions {
  /**
   * Frames that each frame's self-attention looks at.
   * @default [0, "mid"] (paper Eq. 8); for a tuned model what it was tuned with, or [-1, "first"], as in compat mode
   */
  readonly attend?: AttendRule["frames"];
  /** Blocks narrower than this attend within their own frame. @default 0; for a tuned model what it was tuned with */
  readonly leastChannels?: number;
  /** @default "frame"; for a tuned model what it was tuned with; "clip" in compat mode */
  readonly groupNorm?: GroupNormScope;
  /** Follow the released code to the number. */
  readonly compat?: "fatezero";
  /**
   * Windows in which a model with layers over time computes a clip, each as a clip of its own; frames in two of them are blended.
   * `auto` takes 16 frames, or as many as the model was tuned on where these are more, a quarter of them shared, of a clip with more frames; `off` the whole clip at once.
   * @default "auto"
   */
  readonly window?: Windowing;
}

/**
 * What options come to with a model, for a clip of so many frames: with none, nothing that hangs on their number.
 *
 * @throws FateZeroError `frame-list`, `bad-option`
 */
export function resolveMethod(model: Model, options: MethodOptions, frames = 0): MethodSettings {
  const compat = options.compat ?? null;
  const wrong = options.attend === undefined ? null : frameListFault(options.attend);
  if (wrong !== null) {
    throw new FateZeroError(
      "frame-list",
      say`${the("attend")} ${wrong}.`,
      'It should be a list of "first", "mid", "last", offsets such as -1, and "spread:4".',
    );
  }
  const tunedWith = compat === null ? model.checkpoint.settings?.tuned : undefined;
  const previousAndFirst = compat !== null || model.tuned;
  const groupNorm = options.groupNorm ?? tunedWith?.groupNorm ?? (compat ? "clip" : "frame");
  const window = windowFor(model, { groupNorm }, options.window, frames);
  return {
    attend: {
      frames: options.attend ?? tunedWith?.attend ?? (previousAndFirst ? [-1, "first"] : [0, "mid"]),
      leastChannels: options.leastChannels ?? tunedWith?.leastChannels ?? 0,
    },
    groupNorm,
    compat,
    ...(window ? { window } : {}),
  };
}

/** Which blocks give word maps and which are fused, at one latent size. */
export interface SitePlan {
  /** All blocks with attention, in the order in which they run. */
  readonly all: readonly AttentionSite[];
  readonly maps: readonly AttentionSite[];
  readonly mapHeight: number;
  readonly mapWidth: number;
  readonly fused: ReadonlySet<string>;
  /** Resolution levels that blocks with attention lie on, and those of the fused ones. */
  readonly levels: readonly number[];
  readonly fusedLevels: readonly number[];
}

export function planSites(
  model: Model,
  compat: MethodSettings["compat"],
  latentHeight: number,
  latentWidth: number,
  fuseLayers: "auto" | "all" = "auto",
): SitePlan {
  const sites = attentionSites(model.unet);
  // Sizes for which the released code has no mask can still be edited without one: no maps are recorded then.
  const maps = compat
    ? (findCompatSites(sites, latentHeight, latentWidth) ?? [])
    : (ownMapSites(model, sites) ?? wordMapSites(sites, latentHeight, latentWidth));
  const level = maps[0]?.level ?? 0;
  const fused = sites.filter(
    (site) => fuseLayers === "all" || positionsOf(site, latentHeight, latentWidth) <= MAX_FUSED_POSITIONS,
  );
  return {
    all: sites,
    maps,
    mapHeight: latentHeight / 2 ** level,
    mapWidth: latentWidth / 2 ** level,
    fused: new Set(fused.map((site) => site.path)),
    levels: [...new Set(sites.map((site) => site.level))],
    fusedLevels: [...new Set(fused.map((site) => site.level))],
  };
}

/** The blocks that a model folder's fatezero.json names for word maps (`wordMapLayers`, prefixes of their paths). */
function ownMapSites(model: Model, sites: readonly AttentionSite[]): readonly AttentionSite[] | null {
  const layers = model.checkpoint.settings?.wordMapLayers;
  if (layers === undefined) return null;
  const chosen = sites.filter(({ path }) => layers.some((name) => path.startsWith(`${name}.`)));
  if (chosen.length > 0 && chosen.every(({ level }) => level === chosen[0]!.level)) return chosen;
  throw new FateZeroError(
    "model-settings",
    `${model.name}/fatezero.json names the wordMapLayers ${shownJson(layers)}, which are no blocks of one size.`,
    "Name blocks with cross-attention of one resolution, such as up_blocks.1.",
  );
}
