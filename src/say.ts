/**
 * Texts that name fields of a request. A field has another name for every reader (an option on the command line, a key in
 * a config, a control on a page), so a text holds the field itself, and which way to turn it: each surface words it.
 */

/** Which way to turn a field. */
export type Move = "raise" | "lower" | "add" | "set" | "leave-out";

/** A field inside a text, by its key in the request. */
export interface FieldRef {
  readonly field: string;
  /** Absent: the field is only named. */
  readonly move?: Move;
  readonly value?: string | number;
}

/** What to turn, and which way. */
export type Advice = FieldRef & { readonly move: Move };

/** A text in pieces. */
export type Said = readonly (string | FieldRef)[];
export type Text = string | Said;

type Part = string | number | FieldRef | Said;

const isSaid = (part: Part): part is Said => Array.isArray(part);

/**
 * A text with fields in it.
 *
 * @example
 * say`${raise("steps")}, or describe the video more exactly with ${the("source")}.`;
 */
export function say(strings: TemplateStringsArray, ...parts: readonly Part[]): Said {
  return strings
    .flatMap((text, i): Said => {
      const part = parts[i];
      if (part === undefined) return [text];
      if (isSaid(part)) return [text, ...part];
      return [text, typeof part === "number" ? String(part) : part];
    })
    .filter((piece) => piece !== "");
}

const move =
  (way: Move) =>
  (field: string, value?: string | number): Advice => ({
    field,
    move: way,
    ...(value === undefined ? {} : { value }),
  });

/** Names a field, with a value beside it where there is one. */
export function the(field: string, value?: string | number): FieldRef {
  return { field, ...(value === undefined ? {} : { value }) };
}
export const raise = move("raise");
export const lower = move("lower");
export const add = move("add");
export const set = move("set");
export const leaveOut = move("leave-out");

/** What a surface calls a field, its value included where the reference has one. */
export type NameField = (ref: FieldRef) => string;

/** The names of the library's options. */
const plainName: NameField = ({ field, value }) => (value === undefined ? field : `${field} ${value}`);

function wordRef(ref: FieldRef, isFirst: boolean, name: NameField): string {
  const { value, ...field } = ref;
  const isTo = value !== undefined && (ref.move === "raise" || ref.move === "lower");
  const named = isTo ? `${name(field)} to ${value}` : name(ref);
  if (ref.move === undefined) return named;
  const verb = ref.move === "leave-out" ? "leave" : ref.move;
  const shown = isFirst ? verb[0]!.toUpperCase() + verb.slice(1) : verb;
  return `${shown} ${named}${ref.move === "leave-out" ? " out" : ""}`;
}

/** A text in a surface's words. */
export function inWords(text: Text, name: NameField = plainName): string {
  if (typeof text === "string") return text;
  let said = "";
  for (const piece of text) {
    const isFirst = said === "" || /[.\n]\s*$/.test(said);
    said += typeof piece === "string" ? piece : wordRef(piece, isFirst, name);
  }
  return said;
}

/** What a text advises to turn. */
export function adviceIn(text: Text): readonly Advice[] {
  if (typeof text === "string") return [];
  return text.filter((piece): piece is Advice => typeof piece !== "string" && piece.move !== undefined);
}
