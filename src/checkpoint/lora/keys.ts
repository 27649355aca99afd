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

/** `….lora_down.weight` (kohya-ss), `….lora_A.default.weight` (peft), `….lora_A` (plain parameters). */
const NAMED = /^(.+)\.(lora_(?:down|mid|up|A|B))(?:(?:\.[^.]+)?\.weight)?$/;
/** `….lora.down.weight`, `….lora_linear_layer.down.weight`, `…to_q_lora.down.weight` (diffusers before peft). */
const SPLIT = /^(.+?)(?:\.lora|\.lora_linear_layer|_lora)\.(down|up)\.weight$/;
const ALPHA = /^(.+?)(?:\.lora|\.lora_linear_layer|_lora)?\.alpha$/;

/** How a tool begins its names, the network that this means (null where the layer's name decides), and what joins the rest. */
const BEGINNINGS: readonly (readonly [RegExp, LoraComponent | null, "dotted" | "joined"])[] = [
  // kohya-ss, OneTrainer
  [/^lora_unet_/, "unet", "joined"],
  [/^lora_te1?_/, "textEncoder", "joined"],
  [/^lora_unet\./, "unet", "dotted"],
  [/^lora_te1?\./, "textEncoder", "dotted"],
  // LyCORIS by itself, which wraps any network
  [/^lycoris_/, null, "joined"],
  // ComfyUI: the names in its own checkpoints, clip_l of Stable Diffusion 1.x, clip_h of 2.x
  [/^text_encoders\.clip_[lh]\.(?:transformer\.)?/, "textEncoder", "dotted"],
  // the original checkpoints
  [/^(?:model\.)?diffusion_model\./, "unet", "dotted"],
  [/^cond_stage_model\.(?:transformer\.)?/, "textEncoder", "dotted"],
  // diffusers, peft
  [/^unet\./, "unet", "dotted"],
  [/^text_encoder\./, "textEncoder", "dotted"],
];
const PEFT = /^base_model\.model\./;

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
 * - LyCORIS by itself: `lycoris_down_blocks_0_….lora_down.weight`;
 * - ComfyUI: `diffusion_model.input_blocks.1.1.….lora_up.weight`, `text_encoders.clip_l.transformer.….lora_up.weight`;
 * - diffusers and peft: `unet.….lora_A.weight`, `text_encoder.….lora.down.weight`, `base_model.model.….lora_A.weight`;
 * - the attention processors of diffusers before 0.18: `unet.….attn1.processor.to_q_lora.down.weight`.
 */
export function parseLoraKey(name: string): LoraKey | null {
  const found = partOf(name);
  if (!found) return null;
  const stem = found[0].replace(PEFT, "");
  const part = found[1];
  const [begins, component, join] = BEGINNINGS.find(([pattern]) => pattern.test(stem)) ?? [
    /^/,
    null,
    "dotted",
  ];
  const layer = stem.replace(begins, "").replace(PEFT, "");
  if (join === "joined") return { component, layer, joined: true, part };
  return { component, layer: ownNames(layer), joined: false, part };
}
