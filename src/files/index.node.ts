export { writeSafetensors } from "./write-safetensors.node.ts";
