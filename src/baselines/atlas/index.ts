export { type Atlas, type AtlasEvent, fitAtlas } from "./fit.ts";
export { type AtlasOptions, type AtlasSettings, type NetworkSizes, PAPER_ATLAS } from "./options.ts";
export type { LayerPictures } from "./pictures.ts";
export { propagate } from "./propagate.ts";
