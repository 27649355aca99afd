/** Which of a component's files hold its weights. Pure: it decides by names alone, on disk and on the hub alike. */

/** Half-size copies that many repositories keep beside the full ones. */
export type Variant = "fp16";

/** What the weights of a component are called, without their ending. */
export interface WeightStem {
  /** As `.safetensors`. */
  readonly safetensors: string;
  /** As PyTorch's `.bin`. */
  readonly torch: string;
}

export const DIFFUSION_STEM: WeightStem = {
  safetensors: "diffusion_pytorch_model",
  torch: "diffusion_pytorch_model",
};
export const TEXT_STEM: WeightStem = { safetensors: "model", torch: "pytorch_model" };

/** The file of a component's weights, or the index that lists its shards. */
export interface WeightChoice {
  readonly file: string;
  readonly isIndex: boolean;
  /** The variant it is of; undefined for the full weights. */
  readonly variant: Variant | undefined;
}

/**
 * Chooses a component's weights among the names in its folder: `.safetensors` before PyTorch's `.bin`, then the variant
 * asked for before the other, one file before shards. Null where there are none.
 */
export function chooseWeights(
  names: ReadonlySet<string>,
  stem: WeightStem,
  wanted?: Variant,
): WeightChoice | null {
  const variants = wanted === "fp16" ? (["fp16", undefined] as const) : ([undefined, "fp16"] as const);
  for (const [base, ending] of [
    [stem.safetensors, "safetensors"],
    [stem.torch, "bin"],
  ] as const) {
    for (const variant of variants) {
      const tag = variant ? `.${variant}` : "";
      const file = `${base}${tag}.${ending}`;
      if (names.has(file)) return { file, isIndex: false, variant };
      // diffusers puts the variant behind "index", older files have it before the ending.
      for (const index of [`${base}.${ending}.index${tag}.json`, `${base}${tag}.${ending}.index.json`])
        if (names.has(index)) return { file: index, isIndex: true, variant };
    }
  }
  return null;
}
