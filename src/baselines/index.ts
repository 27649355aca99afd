/** What the paper compares itself with, on the same parts (docs/baselines.md). */

export {
  ATLAS_WEIGHTS,
  type Atlas,
  type AtlasEvent,
  type AtlasLayer,
  type AtlasNetworkSize,
  type AtlasNetworks,
  type AtlasOptions,
  type AtlasPictures,
  type AtlasSettings,
  type AtlasTerm,
  fitAtlas,
  PAPER_ATLAS,
  propagate,
} from "./atlas/index.ts";
export { type AtlasEditOptions, editByAtlas } from "./atlas-edit.ts";
export { type AnyBaselineOptions, BASELINES, type BaselineMethod, editByBaseline } from "./baselines.ts";
export { editByDdim } from "./ddim.ts";
export { editByNullTextP2p, type NullTextP2pOptions } from "./null-text-p2p.ts";
export type { BaselineEvent, BaselineOptions } from "./options.ts";
export { editBySdEdit, type SdEditOptions } from "./sdedit.ts";
export { editByTuneAVideo, type TuneAVideoOptions } from "./tune-a-video.ts";
