export type { VaeConfig } from "./config.ts";
export { type VaeDecoderGraph, type VaeEncoderGraph, vaeConfig, vaeGraphs } from "./graphs.ts";
