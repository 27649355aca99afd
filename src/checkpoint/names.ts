import type { NamedWeights, WeightInfo } from "./types.ts";

/** Names that diffusers gave the VAE's attention before 0.18, and the names since. The shapes are the same. */
const VAE_ATTENTION: Readonly<Record<string, string>> = {
  query: "to_q",
  key: "to_k",
  value: "to_v",
  proj_attn: "to_out.0",
};

function rename(weights: NamedWeights, to: (name: string) => string | null): NamedWeights {
  const renamed = new Map<string, WeightInfo>();
  for (const [name, info] of weights) {
    const canonical = to(name);
    if (canonical !== null) renamed.set(canonical, info);
  }
  return renamed;
}

/** VAE weights under today's names. */
export function canonicalVaeNames(weights: NamedWeights): NamedWeights {
  return rename(weights, (name) =>
    name.replace(
      /^(.*\.attentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)$/,
      (_, site: string, old: string, part: string) => `${site}.${VAE_ATTENTION[old]}.${part}`,
    ),
  );
}

/** Text encoder weights with the `text_model.` prefix; the buffer of positions 0…76 is no weight. */
export function canonicalTextNames(weights: NamedWeights): NamedWeights {
  return rename(weights, (name) => {
    if (name.endsWith("position_ids")) return null;
    return /^(embeddings|encoder|final_layer_norm)\./.test(name) ? `text_model.${name}` : name;
  });
}
