export {
  type Atlas,
  type AtlasEvent,
  type AtlasOptions,
  fitAtlas,
  type LayerPictures,
  PAPER_ATLAS,
  propagate,
} from "./atlas/index.ts";
