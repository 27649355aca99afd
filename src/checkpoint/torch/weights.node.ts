import type { NamedWeights } from "../types.ts";
import { unsupported } from "./faults.ts";
import { readTorchFile } from "./read.node.ts";
import { weightsOfTensors } from "./tensors.node.ts";
import { isDict, isTensor, type TorchDict, type TorchTensor } from "./values.ts";

/** Numbers, texts and truths that stand beside the weights, by name. */
export type TorchFacts = ReadonlyMap<string, number | string | boolean>;

function tensorsOf(dict: TorchDict): ReadonlyMap<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of dict) if (typeof name === "string" && isTensor(value)) tensors.set(name, value);
  return tensors;
}

function factsOf(dict: TorchDict): TorchFacts {
  const facts = new Map<string, number | string | boolean>();
  for (const [name, value] of dict) {
    if (typeof name !== "string") continue;
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean")
      facts.set(name, value);
  }
  return facts;
}

/**
 * The weights of a checkpoint: the tensors of its `state_dict` where it has one (Lightning), else those at its top;
 * all else in there (`optimizer_states`, `callbacks` …) is passed over. `facts` are the plain values at the top, such
 * as `global_step`, the number of training steps. Nothing in the file is executed.
 * Throws FateZeroError as `readTorchFile` and `weightsOfTensors` do, and where the file holds no named tensors.
 */
export async function readTorchWeights(
  path: string,
): Promise<{ readonly weights: NamedWeights; readonly facts: TorchFacts }> {
  const value = await readTorchFile(path);
  const top: TorchDict = isDict(value) ? value : new Map();
  const state = top.get("state_dict");
  const tensors = tensorsOf(isDict(state) ? state : top);
  if (tensors.size === 0) throw unsupported(path, "holds no tensors by name at its top or in a state_dict");
  return { weights: await weightsOfTensors(tensors), facts: factsOf(top) };
}
