import type { Checkpoint, NamedWeights, WeightInfo } from "./types.ts";

/**
 * All weights that LoRA files and embeddings add to a checkpoint, under names that say what they change and how
 * strongly: two checkpoints with the same weights and the same bytes compute the same. Empty without adapters.
 */
export function adapterWeights({ unet, textEncoder, embeddings = [] }: Checkpoint): NamedWeights {
  const weights = new Map<string, WeightInfo>();
  for (const [network, { lora }] of Object.entries({ unet, textEncoder })) {
    for (const [path, terms] of lora ?? []) {
      for (const [i, { down, mid, up, scale }] of terms.entries()) {
        const name = `${network} ${path} ${i} × ${scale}`;
        weights.set(`${name} down`, down);
        if (mid) weights.set(`${name} mid`, mid);
        weights.set(`${name} up`, up);
      }
    }
  }
  for (const [i, { word, vectors }] of embeddings.entries()) weights.set(`word ${i} ${word}`, vectors);
  return weights;
}
