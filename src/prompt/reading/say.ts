import type { EditKind } from "../types.ts";
import type { EditChange } from "./change.ts";

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
