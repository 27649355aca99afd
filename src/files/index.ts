/**
 * Bytes by their name: a path in Node, an address in a browser. `#files` chooses by the conditions in package.json, and in
 * src/package.json for what is run from source.
 */
export { withSource } from "#files";
export { readSafetensors, readSafetensorsHeader } from "./safetensors.ts";
export type { ByteSource } from "./source.ts";
