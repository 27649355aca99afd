import { FateZeroError } from "../../errors.ts";
import { formatShape, sizeOf } from "../../tensor/index.ts";
import { readWeight } from "../read-weight.ts";
import type { Checkpoint, CheckpointNote, Component, LoraTerm, NamedWeights } from "../types.ts";
import { madeFor } from "./architecture.ts";
import { collectChanges, type LoraPart } from "./collect.ts";
import { type LoraComponent, parseLoraKey } from "./keys.ts";
import { refuseOtherKinds } from "./kinds.ts";
import { type LayerFinder, layerFinder } from "./layers.ts";
import { LoraMismatchError, type LoraProblem, unusedKeys } from "./mismatch.ts";
import { type PeftConfig, peftScale } from "./peft.ts";
import { checkChange } from "./shapes.ts";

/** An opened LoRA file and how strongly it shall act. */
export interface LoraFile {
  readonly weights: NamedWeights;
  /** What messages call it: its path. */
  readonly label: string;
  /** Factor of the whole change: 1 as trained, 0 changes nothing, negative is the opposite. */
  readonly scale: number;
  /** Configuration of a peft adapter. Without it, a layer without an alpha tensor has alpha = rank. */
  readonly peft?: PeftConfig;
}

/** The terms of one file by network and layer, and what is to be known of it. */
type Terms = Readonly<Record<LoraComponent, ReadonlyMap<string, LoraTerm>>> & {
  readonly notes: readonly CheckpointNote[];
};

/** Whether a file fits but for keys of something that the model has not: most have their layer, and none is wrong there. */
function fitsOtherwise({ weights }: LoraFile, problems: readonly LoraProblem[]): boolean {
  const areOutside = problems.every(({ kind }) => kind === "no such layer" || kind === "not understood");
  return areOutside && problems.length * 2 < weights.size;
}

/** The one number of an alpha tensor, null where it is none. */
async function alphaOf({ weight }: LoraPart): Promise<number | null> {
  if (sizeOf(weight.shape) !== 1) return null;
  const [alpha = Number.NaN] = (await readWeight(weight)).data;
  return Number.isFinite(alpha) ? alpha : null;
}

function refuseOtherFiles({ weights, label }: LoraFile): void {
  const names = [...weights.keys()];
  refuseOtherKinds(names, label);
  if (names.some((name) => parseLoraKey(name) !== null)) return;
  const some = names.slice(0, 3).map((name) => `"${name}"`);
  throw new FateZeroError(
    "lora-empty",
    `${label} is no LoRA: none of its ${names.length} keys is one${some.length > 0 ? ` (they are such as ${some.join(", ")})` : ""}.`,
    "A whole checkpoint is given as the model, an embedding as an embedding.",
  );
}

async function termsOf(checkpoint: Checkpoint, find: LayerFinder, file: LoraFile): Promise<Terms> {
  refuseOtherFiles(file);
  const { weights, label, scale, peft = {} } = file;
  const collected = collectChanges(weights, find);
  const problems: LoraProblem[] = [...collected.problems];
  const terms = { unet: new Map<string, LoraTerm>(), textEncoder: new Map<string, LoraTerm>() };
  for (const change of collected.changes) {
    const { component, path } = change.layer;
    const sound = checkChange(change);
    if (!("rank" in sound)) {
      problems.push(...sound);
      continue;
    }
    const { rank, ...parts } = sound;
    const settings = peft[component];
    let strength = settings ? peftScale(settings, path, rank) : 1;
    const { alpha } = change.parts;
    if (alpha) {
      const value = await alphaOf(alpha);
      if (value === null) {
        const found = formatShape(alpha.weight.shape);
        problems.push({ kind: "wrong value", key: alpha.key, expected: "one number", found });
      } else strength = value / rank;
    }
    terms[component].set(path, { ...parts, scale: scale * strength, label });
  }
  if (problems.length === 0) return { ...terms, notes: [] };
  const other = madeFor(weights, checkpoint.textEncoder.config.hidden_size);
  if (other === null && fitsOtherwise(file, problems))
    return { ...terms, notes: [unusedKeys(label, problems)] };
  throw new LoraMismatchError(label, checkpoint.name, problems, other);
}

function withTerms(component: Component, terms: readonly ReadonlyMap<string, LoraTerm>[]): Component {
  const lora = new Map<string, LoraTerm[]>();
  for (const [path, before] of component.lora ?? []) lora.set(path, [...before]);
  for (const [path, term] of terms.flatMap((map) => [...map])) {
    if (term.scale === 0) continue;
    lora.set(path, [...(lora.get(path) ?? []), term]);
  }
  return lora.size > 0 ? { ...component, lora } : component;
}

/**
 * Adds LoRA files to a checkpoint (Hu et al. 2021): each layer's weight becomes W + Σ scale · alpha/rank · up · down, but
 * is neither read nor copied for it, since the graph adds the products to the layer's result. Those of the checkpoint
 * itself stay.
 *
 * A few keys that no layer has are a note, `lora-keys`. Throws FateZeroError: `lora-mismatch` with a table of the keys that do not fit the model (LoraMismatchError),
 * `lora-unsupported` for another kind of adapter, `lora-empty` for a file that is no adapter.
 */
export async function withLora(checkpoint: Checkpoint, files: readonly LoraFile[]): Promise<Checkpoint> {
  const find = layerFinder(checkpoint);
  const terms: Terms[] = [];
  for (const file of files) terms.push(await termsOf(checkpoint, find, file));
  const notes = [...(checkpoint.notes ?? []), ...terms.flatMap((one) => one.notes)];
  return {
    ...checkpoint,
    ...(notes.length > 0 ? { notes } : {}),
    unet: withTerms(
      checkpoint.unet,
      terms.map(({ unet }) => unet),
    ),
    textEncoder: withTerms(
      checkpoint.textEncoder,
      terms.map(({ textEncoder }) => textEncoder),
    ),
  };
}
