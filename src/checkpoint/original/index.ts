export { extraInputs } from "./foreign.ts";
export { inferVaeConfig } from "./infer-config.ts";
export { moduleMap, type Rename } from "./module-map.ts";
export { below, splitVae, VAE_PREFIX } from "./split.ts";
export { type UNetLayout, unetLayout, unetModules } from "./unet-names.ts";
