/** Saves tuned models as files. */
export { checkSaving, type SaveTunedOptions, savedBytes, saveTuned } from "./save-tuned.node.ts";
