/** What the paper compares itself with, on the same parts (docs/baselines.md). */
export { type AnyBaselineOptions, BASELINES, type BaselineMethod, editByBaseline } from "./baselines.ts";
export { editByDdim } from "./ddim.ts";
export { editByNullTextP2p, type NullTextP2pOptions } from "./null-text-p2p.ts";
export type { BaselineEvent, BaselineOptions } from "./options.ts";
export { editBySdEdit, type SdEditOptions } from "./sdedit.ts";
export { editByTuneAVideo, type TuneAVideoOptions } from "./tune-a-video.ts";
