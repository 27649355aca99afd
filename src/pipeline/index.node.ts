/** Opens models by their names and makes them ready to compute in a process of their own. */

export { type LoadOptions, loadModel, loadVae, modelFromCheckpoint } from "./load.node.ts";
export { captionerOf, type LoadCaptionerOptions, loadCaptioner } from "./load-captioner.node.ts";
export { type LoadClipOptions, loadClip } from "./load-clip.node.ts";
export { embeddedModels, type OpenOptions, openCheckpoint } from "./open-checkpoint.node.ts";
export { openPlanningModel } from "./planning-model.node.ts";
export type { DownloadOptions } from "./snapshot-folder.node.ts";
