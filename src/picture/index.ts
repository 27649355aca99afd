/** Pictures of what the program sees and does: heat maps over frames, contact sheets, frames side by side. Needs no fonts. */
export { viridis } from "./color-map.ts";
export { type Curve, type CurveLine, curveElement, curvePicture, curveSvg } from "./curve.ts";
export { DARK_CURVES } from "./curve-colors.ts";
export { heatOver, maskOver, scaleOf } from "./heat.ts";
export { drawMaps, type MapsOf, type NamedPicture } from "./maps.ts";
export { maskFrames } from "./mask-frames.ts";
export { asTile, drawSheet, type SheetRow } from "./sheet.ts";
export { sideBySide, sideBySideSize } from "./side-by-side.ts";
export { meanMap, type PromptWord, wordsOf } from "./words.ts";
