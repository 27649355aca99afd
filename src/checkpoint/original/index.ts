export { inferVaeConfig } from "./infer-config.ts";
export { moduleMap } from "./module-map.ts";
export { below, splitVae, VAE_PREFIX } from "./split.ts";
export { type UNetLayout, unetModules } from "./unet-names.ts";
