import { FateZeroError } from "../errors.ts";
import type { PlanningModel } from "../pipeline/index.ts";
import { removeWords } from "../prompt/index.ts";
import { add, leaveOut, lower, say, type Text, the } from "../say.ts";
import type { EditKnobs } from "./knobs.ts";
import type { PresetName } from "./presets.ts";
import { withQuality } from "./quality-words.ts";

/** A target prompt that an edit makes by itself, of the source prompt. */
export interface OwnTarget {
  /** As it stands: brackets in it are no weights. */
  readonly text: string;
  readonly preset: PresetName;
  /** The things that are removed, as the source writes them; null where nothing is. */
  readonly removes: readonly string[] | null;
  /** The nouns that make the mask of a removal. */
  readonly maskWords: readonly string[];
  /** One line for a person. */
  readonly note: string;
}

/** What says how an edit is done, and what of it a target that is made here leaves open. */
type TargetKnobs = Pick<
  EditKnobs,
  | "prompt"
  | "preset"
  | "remove"
  | "enhance"
  | "align"
  | "latentBlend"
  | "maskWords"
  | "maskThreshold"
  | "maskSelfAttention"
  | "mask"
>;

/** Whether an edit makes its target itself, so that it needs none. */
export function makesTarget({
  remove,
  enhance,
}: {
  readonly remove?: readonly string[] | undefined;
  readonly enhance?: boolean | undefined;
}): boolean {
  return remove !== undefined || enhance === true;
}

function conflict(what: Text, remedy: Text): FateZeroError {
  return new FateZeroError("own-target", what, remedy);
}

/** Refuses what a removal would not use, or could not work with. */
function checkRemoval(knobs: TargetKnobs): void {
  const { prompt, preset, remove, enhance, align, latentBlend } = knobs;
  const { maskWords, maskThreshold, maskSelfAttention, mask } = knobs;
  if (
    !Array.isArray(remove) ||
    remove.length === 0 ||
    !remove.every((word) => typeof word === "string" && word.trim() !== "")
  )
    throw new FateZeroError(
      "bad-option",
      `The option remove is ${JSON.stringify(remove)}.`,
      'It must be a list of words, as in ["car"].',
    );
  const useless = (field: string, why: string): FateZeroError =>
    conflict(
      say`${the(field)} would have no effect: ${why}.`,
      say`${leaveOut(field)}, or ${leaveOut("remove")}.`,
    );
  if (enhance === true) throw useless("enhance", "a removal adds no words");
  if (prompt !== undefined)
    throw useless("target", "a removal makes its target, the source without what is removed");
  if (preset !== undefined && preset !== "remove") throw useless("preset", "a removal has values of its own");
  if (align !== undefined && align !== "auto" && align !== "refine")
    throw useless("align", "a sentence without some of its words is aligned with the whole one");
  if (latentBlend === false) throw useless("latentBlend", "a removal always keeps what is around it");
  if (mask !== undefined)
    throw useless("mask", "a removal finds where the thing and its shadow are by its words");
  if (maskSelfAttention === false) throw useless("maskSelfAttention", "a removal is made of it");
  if (maskWords === "none" || (maskThreshold !== undefined && maskThreshold >= 1))
    throw conflict(
      "A removal takes away what its mask holds, and this one has no mask.",
      maskWords === "none"
        ? say`${leaveOut("maskWords")}.`
        : say`${lower("maskThreshold")} below 1, to such as 0.3.`,
    );
}

/**
 * The target of an edit that makes it itself: a removal's or an enhancement's; null for an edit with a target of its own.
 *
 * @throws FateZeroError `unknown-word`, `not-a-thing`, `nothing-remains`, `removal-conflict`, `no-quality-words`, `bad-option`
 */
export async function ownTarget(
  model: PlanningModel,
  source: string,
  compat: boolean,
  knobs: TargetKnobs,
): Promise<OwnTarget | null> {
  const { prompt, preset, remove } = knobs;
  if (remove === undefined && preset === "remove" && !compat)
    throw conflict(
      say`${the("preset", "remove")} does not say what is removed.`,
      say`${add("remove")} with words of the source.`,
    );
  if (!makesTarget(knobs)) return null;
  if (compat) {
    const field = remove === undefined ? "enhance" : "remove";
    throw conflict(
      say`${the(field)} would have no effect: the released code knows no ${remove === undefined ? "enhancement" : "removal"}.`,
      say`${leaveOut("compat")}, or ${leaveOut(field)}.`,
    );
  }
  if (remove === undefined) {
    if (prompt !== undefined) {
      const why = say`${the("target")} would have no effect: an enhancement makes its target, the source with words of quality.`;
      throw conflict(why, say`${leaveOut("target")}, or ${leaveOut("enhance")}.`);
    }
    const text = withQuality(source, model.checkpoint.settings?.words ?? null);
    return {
      text,
      preset: "enhance",
      removes: null,
      maskWords: [],
      note: `Enhances: the target is "${text}".`,
    };
  }
  checkRemoval(knobs);
  const { text, things, words } = await removeWords(model.tokenizer, source, remove);
  const note = `Removes ${things.join(", ")}: the target is "${text}"; what other frames show behind is taken from them, the rest is made up.`;
  return { text, preset: "remove", removes: things, maskWords: words, note };
}
