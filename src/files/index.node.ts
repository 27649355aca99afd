export { checkNames, checkRoom, existingPath, freeBytes } from "./place.node.ts";
export { replacePath } from "./replace.node.ts";
export { isLeftover, removeLeftovers, temporarySibling } from "./temporary.node.ts";
export { writeFault, writeSafetensors } from "./write-safetensors.node.ts";
