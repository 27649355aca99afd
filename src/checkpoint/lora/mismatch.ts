import { FateZeroError } from "../../errors.ts";
import { count } from "../../quantity.ts";
import { faultTable } from "../fault-table.ts";
import type { CheckpointNote } from "../types.ts";

/** A key of a LoRA file that does not fit the model. */
export interface LoraProblem {
  readonly kind:
    | "no such layer"
    | "wrong shape"
    | "incomplete"
    | "given twice"
    | "not understood"
    | "wrong value";
  readonly key: string;
  /** What the model asks for, – where it has nothing of the kind. */
  readonly expected: string;
  readonly found: string;
}

/** A LoRA has keys that the model has no place for: it was made for another model, or is damaged. */
export class LoraMismatchError extends FateZeroError {
  readonly problems: readonly LoraProblem[];

  /** `madeFor` says which model the file seems to be made for, null where it is not known. */
  constructor(label: string, model: string, problems: readonly LoraProblem[], madeFor: string | null) {
    const table = faultTable(
      ["fault", "key", "model asks for", "file has"],
      problems.map(({ kind, key, expected, found }) => [kind, key, expected, found]),
    );
    const seems = madeFor === null ? "" : ` It seems to be made for ${madeFor}.`;
    super(
      "lora-mismatch",
      `The LoRA ${label} does not fit the model ${model}.${seems}\n${table}\n`,
      "Use a LoRA that was trained on this kind of model.",
    );
    this.name = "LoraMismatchError";
    this.problems = problems;
  }
}

/** Keys that a note names; a file may have hundreds. */
const NAMED_KEYS = 6;

/** Keys that belong to no layer of a model which the file fits otherwise: what they say is left out, and told. */
export function unusedKeys(label: string, problems: readonly LoraProblem[]): CheckpointNote {
  const keys = problems.slice(0, NAMED_KEYS).map(({ key }) => `"${key}"`);
  const more = problems.length - keys.length;
  const named = `${keys.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const message = `${count(problems.length, "key")} of the LoRA ${label} ${problems.length === 1 ? "belongs to no layer of this model and changes" : "belong to no layer of this model and change"} nothing: ${named}.`;
  return { code: "lora-keys", message };
}
