/** Networks that a LoRA changes, by their names in a `Checkpoint`. */
export type LoraComponent = "unet" | "textEncoder";

/** What a key of a LoRA file says: a part of the change of one layer. */
export interface LoraKey {
  /** Null where the key does not say: the layer's name decides. */
  readonly component: LoraComponent | null;
  /** The layer in diffusers' or the original layout's words, joined by dots, or by underscores where `joined`. */
  readonly layer: string;
  /** Dots are underscores, as kohya-ss writes names. */
  readonly joined: boolean;
  readonly part: "down" | "mid" | "up" | "alpha";
}

const PARTS: Readonly<Record<string, LoraKey["part"]>> = {
  lora_down: "down",
  lora_mid: "mid",
  lora_up: "up",
  lora_A: "down",
  lora_B: "up",
  down: "down",
  up: "up",
};

/** `….lora_down.weight` (kohya-ss), `….lora_A.default.weight` (peft). */
const NAMED = /^(.+)\.(lora_(?:down|mid|up|A|B))(?:\.[^.]+)?\.weight$/;
/** `….lora.down.weight`, `….lora_linear_layer.down.weight`, `…to_q_lora.down.weight` (diffusers before peft). */
const SPLIT = /^(.+?)(?:\.lora|\.lora_linear_layer|_lora)\.(down|up)\.weight$/;
const ALPHA = /^(.+?)(?:\.lora|\.lora_linear_layer|_lora)?\.alpha$/;

const JOINED = /^lora_(unet|te1?)_(.+)$/;
const DOTTED = /^(?:(unet|diffusion_model|text_encoder)\.)?(?:base_model\.model\.)?(.+)$/;
const COMPONENTS: Readonly<Record<string, LoraComponent>> = {
  unet: "unet",
  diffusion_model: "unet",
  te: "textEncoder",
  te1: "textEncoder",
  text_encoder: "textEncoder",
};

/** Attention processors call their four layers alike in every network; here they get the layers' own names. */
function ownNames(layer: string): string {
  return layer
    .replace(".processor.", ".")
    .replace(/(\.self_attn)\.to_([qkv])$/, "$1.$2_proj")
    .replace(/(\.self_attn)\.to_out$/, "$1.out_proj")
    .replace(/(\.attn\d)\.to_out$/, "$1.to_out.0");
}

function partOf(name: string): readonly [layer: string, part: LoraKey["part"]] | null {
  const [, layer, word] = NAMED.exec(name) ?? SPLIT.exec(name) ?? [];
  if (layer !== undefined) return [layer, PARTS[word!]!];
  const [, owner] = ALPHA.exec(name) ?? [];
  return owner === undefined ? null : [owner, "alpha"];
}

/**
 * Reads a key of a LoRA file in one of the common layouts; null where it is of none.
 *
 * - kohya-ss, also with convolutions: `lora_unet_down_blocks_0_….lora_down.weight`, `lora_te_….alpha`;
 * - diffusers and peft: `unet.….lora_A.weight`, `text_encoder.….lora.down.weight`, `base_model.model.….lora_A.weight`;
 * - the attention processors of diffusers before 0.18: `unet.….attn1.processor.to_q_lora.down.weight`.
 */
export function parseLoraKey(name: string): LoraKey | null {
  const found = partOf(name);
  if (!found) return null;
  const [stem, part] = found;
  const [, network, underscored] = JOINED.exec(stem) ?? [];
  if (network !== undefined && underscored !== undefined)
    return { component: COMPONENTS[network]!, layer: underscored, joined: true, part };
  const [, prefix, layer = stem] = DOTTED.exec(stem.replace(/^base_model\.model\./, "")) ?? [];
  const component = prefix === undefined ? null : COMPONENTS[prefix]!;
  return { component, layer: ownNames(layer), joined: false, part };
}
