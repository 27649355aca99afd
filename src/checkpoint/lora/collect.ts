import { formatShape } from "../../tensor/index.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { type LoraKey, parseLoraKey } from "./keys.ts";
import type { LayerFinder, LoraLayer } from "./layers.ts";
import type { LoraProblem } from "./mismatch.ts";

/** A weight of a LoRA file with the key that it stands under. */
export interface LoraPart {
  readonly key: string;
  readonly weight: WeightInfo;
}

/** All that a LoRA file says of one layer. */
export interface LayerChange {
  readonly layer: LoraLayer;
  readonly parts: Readonly<Partial<Record<LoraKey["part"], LoraPart>>>;
}

/** Sorts the weights of a LoRA file by the layers that they change; keys that belong nowhere become problems. */
export function collectChanges(
  weights: NamedWeights,
  find: LayerFinder,
): { readonly changes: readonly LayerChange[]; readonly problems: readonly LoraProblem[] } {
  const changes = new Map<LoraLayer, Partial<Record<LoraKey["part"], LoraPart>>>();
  const problems: LoraProblem[] = [];
  for (const [key, weight] of weights) {
    const found = formatShape(weight.shape);
    const parsed = parseLoraKey(key);
    const layer = parsed && find(parsed);
    if (!parsed || !layer) {
      problems.push({ kind: parsed ? "no such layer" : "not understood", key, expected: "–", found });
      continue;
    }
    const parts = changes.get(layer) ?? {};
    const other = parts[parsed.part];
    if (other) problems.push({ kind: "given twice", key, expected: "–", found: `also as ${other.key}` });
    parts[parsed.part] = { key, weight };
    changes.set(layer, parts);
  }
  return { changes: [...changes].map(([layer, parts]) => ({ layer, parts })), problems };
}
