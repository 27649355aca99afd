export { readTextIfAny } from "./read-text.node.ts";
export { writeSafetensors } from "./write-safetensors.node.ts";
