export { readTorchFile } from "./read.node.ts";
export { weightsOfTensors } from "./tensors.node.ts";
export { readTorchWeights } from "./weights.node.ts";
