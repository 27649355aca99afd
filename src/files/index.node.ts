export { checkNames, checkRoom, existingPath, freeBytes, temporarySibling } from "./place.node.ts";
export { writeSafetensors } from "./write-safetensors.node.ts";
