export { checkNames, checkRoom, existingPath, freeBytes } from "./place.node.ts";
export { holderBeside, isLeftover, removeLeftovers, temporarySibling } from "./temporary.node.ts";
export { writeSafetensors } from "./write-safetensors.node.ts";
