export { type Atlas, type AtlasEvent, fitAtlas } from "./fit.ts";
export type { AtlasLayer } from "./networks.ts";
export type { AtlasTerm } from "./objective.ts";
export {
  ATLAS_WEIGHTS,
  type AtlasNetworkSize,
  type AtlasNetworks,
  type AtlasOptions,
  type AtlasSettings,
  PAPER_ATLAS,
} from "./options.ts";
export type { AtlasPictures } from "./pictures.ts";
export { propagate } from "./propagate.ts";
