import type { GivenMasks } from "../../edit/index.ts";
import { checkEdit } from "../plan.ts";
import type { CheckedEdit, Prepared } from "../prepared.ts";
import { editOptions } from "../used.ts";
import { type PlacedEdits, titleOf } from "./places.ts";
import { inEdit } from "./variants.ts";

/** Plans all edits of a request before any work; what is wrong with one of several is told with its place. Throws as `checkEdit`. */
export async function planEdits(
  placed: PlacedEdits,
  { model, terms, size }: Prepared,
  masks: GivenMasks,
): Promise<readonly CheckedEdit[]> {
  const all: CheckedEdit[] = [];
  for (const edit of placed.edits) {
    const planned = checkEdit(model, terms, size, { ...editOptions(edit.request), ...masks });
    all.push(
      await planned.catch((error: unknown) => {
        throw placed.edits.length === 1 ? error : inEdit(error, `Edit ${titleOf(edit, placed)}`);
      }),
    );
  }
  return all;
}
