export { LoraMismatchError, type LoraProblem } from "./mismatch.ts";
export { openLora } from "./open.node.ts";
export type { PeftConfig, PeftSettings } from "./peft.ts";
export { type LoraFile, withLora } from "./with-lora.node.ts";
