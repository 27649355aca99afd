export { detailKept } from "./detail.ts";
export { type Flow, opticalFlow } from "./flow/optical-flow.ts";
export { type PixelWeight, psnr } from "./psnr.ts";
