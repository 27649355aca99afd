import type { EditKind } from "../types.ts";
import type { PhraseChange } from "./change.ts";

/** One thing that differs between two prompts, as a person would say it. */
export interface EditChange {
  /**
   * `replaced`: a thing or a place by another. `described`: how a thing looks. `counted`: how many there are. `moved`: where it
   * stands. `acts`: what somebody does. `look`: the look of the whole picture. `added`, `removed`: a thing, a place, a time.
   */
  readonly what: PhraseChange["what"];
  readonly kind: EditKind;
  /** Words of the source, "" where something is added. */
  readonly before: string;
  /** Words of the target, "" where something is removed. */
  readonly after: string;
  /** The thing of the source that it belongs to, "" if none. */
  readonly about: string;
}

const KIND: Readonly<Record<EditKind, string>> = {
  style: "A style edit",
  attribute: "An attribute edit",
  shape: "A shape edit",
  background: "A background edit",
};

const quoted = (text: string): string => `"${text}"`;

/** One change, as a person would say it. */
export function sayChange({ what, kind, before, after, about }: EditChange): string {
  const becomes =
    before === ""
      ? quoted(after)
      : after === ""
        ? `${quoted(before)}, which goes,`
        : `${quoted(after)} for ${quoted(before)}`;
  switch (what) {
    case "look":
      return `${becomes} speaks of the whole picture`;
    case "replaced":
      return `${quoted(after)} takes the place of ${quoted(before)}`;
    case "described":
    case "counted":
      return about === "" ? `${becomes} describes something` : `${becomes} describes ${quoted(about)}`;
    case "moved":
      return `what was ${quoted(before)} is ${quoted(after)}`;
    case "acts":
      return about === "" ? `${becomes} is something done` : `${becomes} is what ${quoted(about)} does`;
    case "removed":
      return about === ""
        ? `${quoted(before)} is removed`
        : `${quoted(before)} is removed from ${quoted(about)}`;
    case "added":
      if (kind === "background") return `${quoted(after)} is added around it`;
      return about === "" ? `${quoted(after)} is added` : `${quoted(after)} is added to ${quoted(about)}`;
  }
}

/** The kind and what it follows from. */
export function sayKind(kind: EditKind, reasons: readonly string[]): string {
  return reasons.length === 0 ? "The prompts say the same." : `${KIND[kind]}: ${reasons.join("; ")}.`;
}
