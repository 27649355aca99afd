export { isTorchFile } from "./is-torch-file.ts";
export {
  isTensor,
  type TorchTensor,
  type TorchValue,
} from "./values.ts";
