export { isTorchFile } from "./is-torch-file.ts";
export { readTorchFile } from "./read.node.ts";
export { weightsOfTensors } from "./tensors.node.ts";
export {
  type Inert,
  isDict,
  isList,
  isTensor,
  type TorchDict,
  type TorchStorage,
  type TorchTensor,
  type TorchValue,
  type TypedStorage,
} from "./values.ts";
export { readTorchWeights } from "./weights.node.ts";
