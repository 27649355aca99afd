export { isTorchFile } from "./is-torch-file.ts";
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
