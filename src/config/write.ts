import { Document, isPair, isScalar, type Node, visit } from "yaml";
import { defined } from "../defined.ts";
import type { CrossSteps, FusionWindow, WordName } from "../prompt/index.ts";
import { escapeReferences } from "./interpolate.ts";
import type { ConfigEdit, RunConfig } from "./types.ts";

type Entries = Readonly<Record<string, unknown>>;

/** A word table as a mapping; the words keep their order, and indices stay numbers. */
function wordEntries<T>(
  table: Readonly<Record<string, T>> | readonly (readonly [WordName, T])[],
): [WordName, T][] {
  return Array.isArray(table)
    ? table.map(([word, value]) => [word, value] as [WordName, T])
    : Object.entries(table as Readonly<Record<string, T>>);
}

function isWindow(steps: CrossSteps): steps is FusionWindow {
  return (
    typeof steps === "number" || (Array.isArray(steps) && steps.every((item) => typeof item === "number"))
  );
}

function crossSteps(steps: CrossSteps): ReadonlyMap<WordName, FusionWindow> {
  return new Map(isWindow(steps) ? [["default_", steps]] : wordEntries(steps));
}

/** `blend_words`: a mapping key that is null switches the mask off where one would be found. */
function blendWords({ maskWords }: ConfigEdit["knobs"], compat: boolean): Entries {
  if (maskWords === "none" && !compat) return { blend_words: null };
  if (typeof maskWords !== "object") return {};
  const { source, target = [] } = maskWords;
  return { blend_words: target.length > 0 ? [source, target] : [source] };
}

/** An entry of `p2p_config`. In compat mode absent keys mean what the released code means, so all that count are there. */
function p2pEntry({ knobs }: ConfigEdit, compat: boolean): Entries {
  const { selfSteps, method, amplify = [], maskThreshold, maskSelfAttention, latentBlend } = knobs;
  const factors = wordEntries(amplify);
  const replaces = compat || method === "replace" || method === "refine";
  return {
    ...(replaces ? { is_replace_controller: method !== "refine" } : {}),
    ...defined({
      cross_replace_steps: knobs.crossSteps === undefined ? undefined : crossSteps(knobs.crossSteps),
      self_replace_steps: selfSteps,
    }),
    ...(factors.length > 0
      ? { eq_params: { words: factors.map(([word]) => word), values: factors.map(([, factor]) => factor) } }
      : {}),
    ...blendWords(knobs, compat),
    ...(maskThreshold === undefined ? {} : { blend_th: [maskThreshold, maskThreshold] }),
    // Blends without words do nothing in the released code, and are off where it finds no key.
    ...(compat && typeof knobs.maskWords === "object"
      ? { blend_self_attention: maskSelfAttention ?? true }
      : compat
        ? {}
        : defined({ blend_self_attention: maskSelfAttention })),
    ...(latentBlend === undefined ? {} : { blend_latents: latentBlend }),
  };
}

/** `left,right,top,bottom` as `offset` has it; null for other crops. */
function offsetOf(crop: string | undefined): Entries | null {
  const [, left, right, top, bottom] = /^(\d+),(\d+),(\d+),(\d+)$/.exec(crop ?? "") ?? [];
  if (bottom === undefined) return null;
  return { left: Number(left), right: Number(right), top: Number(top), bottom: Number(bottom) };
}

/** What the authors' keys cannot say; all prompts share it. */
function ownKeys({ parts, clip, method, edits, output, audio }: RunConfig): Entries {
  const compat = method.compat !== null;
  const { negative, preset, strength, maskFrom } = edits[0]?.knobs ?? {};
  return {
    ...(compat ? {} : { compat: false }),
    ...defined({
      size: compat ? undefined : clip.size,
      fps: clip.fps,
      from: clip.from,
      to: clip.to,
      crop: offsetOf(clip.crop) ? undefined : clip.crop,
      background: clip.background,
    }),
    ...(audio ? {} : { audio }),
    ...defined({ output, negative, preset, strength, mask_from: maskFrom }),
    ...parts,
  };
}

function keysOf(config: RunConfig): Entries {
  const { model, clip, method, edits } = config;
  const compat = method.compat !== null;
  const own = ownKeys(config);
  const offset = offsetOf(clip.crop);
  const attention = {
    ...defined({ SparseCausalAttention_index: method.attend }),
    ...(method.leastChannels > 0 ? { least_sc_channel: method.leastChannels } : {}),
  };
  return {
    ...defined({ pretrained_model_path: model }),
    dataset_config: {
      ...defined({ path: clip.path }),
      prompt: clip.prompt,
      n_sample_frame: clip.frames ?? -1,
      start_sample_frame: clip.start,
      sampling_rate: clip.stride,
      ...(offset ? { offset } : {}),
      ...(compat && clip.size !== undefined ? { image_size: clip.size } : {}),
    },
    editing_config: {
      use_invertion_latents: true,
      use_inversion_attention: true,
      prompt2prompt_edit: true,
      num_inference_steps: method.steps,
      ...defined({ guidance_scale: edits[0]?.knobs.guidance }),
      editing_prompts: edits.map(({ knobs }) => knobs.prompt),
      p2p_config: new Map(edits.map((edit, index) => [index, p2pEntry(edit, compat)])),
    },
    ...(Object.keys(attention).length > 0 ? { model_config: attention } : {}),
    ...(Object.keys(own).length > 0 ? { fatezero: own } : {}),
  };
}

/** Short lists stand in one line, prompts below each other; what looks like a reference is marked as text. */
function arrange(document: Document<Node>): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string") node.value = escapeReferences(node.value);
    },
    Seq(_, node, ancestors) {
      const holder = ancestors.at(-1);
      const isPrompts = isPair(holder) && isScalar(holder.key) && holder.key.value === "editing_prompts";
      node.flow = !isPrompts;
    },
  });
}

/**
 * A config as YAML, which `readConfig` reads as the same. What prompts share (guidance, the negative prompt, …) is taken
 * from the first.
 *
 * @param comment lines above it, without `#`
 */
export function configText(config: RunConfig, comment: string): string {
  const document = new Document<Node>(keysOf(config));
  arrange(document);
  document.commentBefore = comment
    .split("\n")
    .map((line) => ` ${line}`)
    .join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
