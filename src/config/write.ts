import { Document, isPair, isScalar, type Node, visit } from "yaml";
import { defined } from "../defined.ts";
import { makesTarget } from "../edit/index.ts";
import { entryOfKnobs } from "../prompt/index.ts";
import { CLIP, HAND_MASK, KNOBS, METHOD, MODEL, MOUNTED } from "../request/index.ts";
import { entriesBelow } from "./fields.ts";
import { escapeReferences } from "./interpolate.ts";
import type { RunConfig } from "./types.ts";

type Entries = Readonly<Record<string, unknown>>;

/** `left,right,top,bottom` as `offset` has it; null for other crops. */
function offsetOf(crop: string | undefined): Entries | null {
  const [, left, right, top, bottom] = /^(\d+),(\d+),(\d+),(\d+)$/.exec(crop ?? "") ?? [];
  if (bottom === undefined) return null;
  return { left: Number(left), right: Number(right), top: Number(top), bottom: Number(bottom) };
}

/** What the authors' keys cannot say; all prompts share it. */
function ownKeys(config: RunConfig): Entries {
  const { parts, lowMemory, clip, method, edits, masks = {}, mounted = {}, output, audio } = config;
  const compat = method.compat !== null;
  return {
    ...(compat ? {} : { compat: false }),
    ...defined({ size: compat ? undefined : clip.size, crop: offsetOf(clip.crop) ? undefined : clip.crop }),
    ...entriesBelow("fatezero", CLIP, clip),
    ...(audio ? {} : { audio }),
    ...defined({ output }),
    ...entriesBelow("fatezero", MOUNTED, mounted),
    ...entriesBelow("fatezero", { scenes: METHOD.scenes, window: METHOD.window }, method),
    ...entriesBelow("fatezero", HAND_MASK, masks),
    ...entriesBelow("fatezero", KNOBS, edits[0]?.knobs ?? {}),
    ...entriesBelow("fatezero", MODEL, { ...parts, lowMemory }),
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
    ...entriesBelow("", MODEL, { model }),
    dataset_config: {
      ...defined({ path: clip.path }),
      prompt: clip.prompt,
      n_sample_frame: -1,
      ...entriesBelow("dataset_config", CLIP, clip),
      ...(offset ? { offset } : {}),
      ...(compat && clip.size !== undefined ? { image_size: clip.size } : {}),
    },
    editing_config: {
      use_invertion_latents: true,
      use_inversion_attention: true,
      prompt2prompt_edit: true,
      ...entriesBelow("editing_config", METHOD, method),
      ...entriesBelow("editing_config", KNOBS, edits[0]?.knobs ?? {}),
      ...(edits.some(({ knobs }) => makesTarget(knobs) || knobs.prompt === undefined)
        ? {}
        : { editing_prompts: edits.map(({ knobs }) => knobs.prompt) }),
      p2p_config: new Map(edits.map(({ knobs }, index) => [index, entryOfKnobs(knobs, compat)])),
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
