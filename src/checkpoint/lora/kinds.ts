import { FateZeroError } from "../../errors.ts";

/** Adapters that change layers in another way than W + scale · up · down, by what their keys have in common. */
const OTHER_KINDS: readonly (readonly [keys: RegExp, kind: string])[] = [
  [/\.hada_[wt]\d/, "a LoHa (Hadamard products, LyCORIS)"],
  [/\.lokr_[wt]\d/, "a LoKr (Kronecker products, LyCORIS)"],
  [/\.dora_scale$|\.lora_magnitude_vector/, "a DoRA (directions and magnitudes)"],
  [/\.on_input$|\.ia3_l\b/, "an IA³ (factors of activations)"],
  [/\.oft_(blocks|diag|r|R)\b|\.boft_/, "an OFT (rotations of weights)"],
  [/\.[ab][12]\.weight$/, "a GLoRA"],
  [/\.vera_lambda/, "a VeRA"],
  [/\.diff(_b)?$|\.[wb]_norm$/, "a set of full weight differences"],
  [/_custom_diffusion\./, "a Custom Diffusion adapter"],
  [/^(unet|text_encoder):\d+:/, "a LoRA that numbers its layers (cloneofsimo/lora)"],
  [/^bundle_emb\./, "a LoRA with embeddings bundled in"],
];

/** Throws FateZeroError `lora-unsupported` where keys are those of another kind of adapter, naming it. */
export function refuseOtherKinds(names: readonly string[], label: string): void {
  for (const [keys, kind] of OTHER_KINDS) {
    const found = names.filter((name) => keys.test(name));
    if (found.length === 0) continue;
    throw new FateZeroError(
      "lora-unsupported",
      `${label} is ${kind}, which this program does not compute: ${found.length} of its ${names.length} keys are such as "${found[0]}".`,
      "Use a plain LoRA (keys lora_down and lora_up, or lora_A and lora_B).",
    );
  }
}
