export { detailKept } from "./detail.ts";
export { type PixelWeight, psnr } from "./psnr.ts";
