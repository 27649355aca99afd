import type { Shape } from "../../tensor/index.ts";
import { moduleMap, type UNetLayout, unetModules } from "../original/index.ts";
import type { Checkpoint, NamedWeights } from "../types.ts";
import type { LoraComponent, LoraKey } from "./keys.ts";

/** A layer of the model that a LoRA may change. */
export interface LoraLayer {
  readonly component: LoraComponent;
  /** Path as in the checkpoint's names. */
  readonly path: string;
  /** Shape of its weight: [out, in] or [out, in, kh, kw]. */
  readonly shape: Shape;
}

/** The linear layers and 2-D convolutions of a network, by path. */
function layersOf(component: LoraComponent, weights: NamedWeights): Map<string, LoraLayer> {
  const layers = new Map<string, LoraLayer>();
  for (const [name, { shape }] of weights) {
    if (!name.endsWith(".weight") || name.includes("embeddings.")) continue;
    if (shape.length !== 2 && shape.length !== 4) continue;
    const path = name.slice(0, -".weight".length);
    layers.set(path, { component, path, shape });
  }
  return layers;
}

/** The shape of a UNet's tree, read off diffusers' names. */
function layoutOf(paths: Iterable<string>): UNetLayout {
  const resnets: number[] = [];
  const attends: boolean[] = [];
  for (const path of paths) {
    const [, block, kind, number] = /^down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\./.exec(path) ?? [];
    if (block === undefined) continue;
    const level = Number(block);
    resnets[level] = Math.max(resnets[level] ?? 0, kind === "resnets" ? Number(number) + 1 : 0);
    attends[level] = (attends[level] ?? false) || kind === "attentions";
  }
  return { resnets, attends };
}

/** Every name that a layer goes by, dotted; the first is its own. */
function namesOf(layers: ReadonlyMap<string, LoraLayer>, component: LoraComponent): Map<string, LoraLayer> {
  const names = new Map(layers);
  const also = (name: string | null, layer: LoraLayer): void => {
    if (name !== null && !names.has(name)) names.set(name, layer);
  };
  const { toOriginal } = moduleMap(unetModules(layoutOf(layers.keys())));
  for (const [path, layer] of layers) {
    // transformers 5 dropped the prefix; the original layout numbers the UNet's blocks.
    if (component === "textEncoder") also(path.replace(/^text_model\./, ""), layer);
    else also(toOriginal(path), layer);
  }
  return names;
}

/** Finds the layer that a key means; null where the model has none. */
export type LayerFinder = (key: LoraKey) => LoraLayer | null;

/**
 * Finds the layers of a model by the names that LoRA files give them: diffusers' names or, in the UNet, those of the
 * original layout (`input_blocks.1.1.…`).
 */
export function layerFinder({ unet, textEncoder }: Checkpoint): LayerFinder {
  const tables = (["unet", "textEncoder"] as const).map((component) => {
    const { weights } = component === "unet" ? unet : textEncoder;
    const dotted = namesOf(layersOf(component, weights), component);
    const joined = new Map([...dotted].map(([name, layer]) => [name.replaceAll(".", "_"), layer]));
    return { component, dotted, joined };
  });
  return (key) => {
    for (const { component, dotted, joined } of tables) {
      if (key.component !== null && key.component !== component) continue;
      const layer = (key.joined ? joined : dotted).get(key.layer);
      if (layer) return layer;
    }
    return null;
  };
}
