/** Pictures of what the program sees and does: heat maps over frames, contact sheets, frames side by side. Needs no fonts. */
export type { Color } from "./canvas.ts";
export { type ColorMap, viridis } from "./color-map.ts";
export { heatOver, maskOver, type Scale, scaleOf } from "./heat.ts";
export { drawMaps, type NamedPicture } from "./maps.ts";
export { asTile, drawSheet, type Sheet, type SheetRow, spread } from "./sheet.ts";
export { sideBySide } from "./side-by-side.ts";
