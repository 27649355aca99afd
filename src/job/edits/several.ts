import { FateZeroError, textOf } from "../../errors.ts";
import { count } from "../../quantity.ts";
import type { EditRequest } from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import type { Frame } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { asksForCrop } from "../auto-crop.ts";
import { baselineOf } from "../baseline/effects.ts";
import { judgeResult } from "../judge.ts";
import { provenanceOf } from "../provenance.ts";
import type { Session } from "../session.ts";
import { sourceFrames } from "../source-frames.ts";
import { usageError } from "../usage.ts";
import { usedEdits } from "../used.ts";
import { type Making, makeEdit, type ReadyEdit } from "./make.ts";
import { type PlacedEdits, titleOf } from "./places.ts";
import { type EditsShown, tilesFor, writeEdits } from "./sheet.ts";

/** Refuses what goes with one edit only. */
export function checkSeveral({ edits }: PlacedEdits): void {
  if (edits.length === 1) return;
  const asked = edits[0]!.request;
  const baseline = baselineOf(asked);
  if (baseline === null && !asksForCrop(asked)) return;
  const field = baseline === null ? "crop" : "method";
  throw usageError(
    say`${the(field, asked[field])} is for one edit, and ${edits.length} of one inversion are asked for.`,
    say`Make them one by one, or ${leaveOut(field)}.`,
  );
}

/** What several edits came to. */
interface Several {
  /** The results that were written. */
  readonly results: readonly string[];
  /** Edits that could not be made. */
  readonly failed: number;
}

/** Makes edits one after the other; one that fails does not keep the others from being made. Throws where all do. */
async function makeAll(
  ready: readonly ReadyEdit[],
  placed: PlacedEdits,
  making: Making,
  source: Parameters<typeof judgeResult>[3],
  session: Session,
): Promise<EditsShown["results"]> {
  const { report, signal } = session;
  const { model } = making.prepared;
  const { inversion } = making.inverted;
  const tiles: (readonly Frame[] | null)[] = [];
  const faults: FateZeroError[] = [];
  for (const one of ready) {
    const title = titleOf(one.edit, placed);
    report({ type: "fact", name: "prompt", text: title });
    try {
      const result = await makeEdit(one, making, session);
      report({ type: "fact", name: "result", text: one.edit.request.out });
      tiles.push(tilesFor(placed.edits, result.frames));
      judgeResult(model, inversion, result, source, session);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FateZeroError)) throw error;
      faults.push(error);
      tiles.push(null);
      report({ type: "warning", code: "edit-failed", message: say`${title}: ${textOf(error)}` });
    }
  }
  if (faults.length === ready.length) throw faults[0]!;
  return tiles;
}

/** What the picture of edits says above them: the target where they have one, the steps, the model. */
function sheetTitle({ edits }: PlacedEdits, { terms, model }: Making["prepared"]): string {
  const target = edits[0]!.request.target;
  const isShared = target !== undefined && edits.every(({ request }) => request.target === target);
  return `${isShared ? `${target.trim()}: ` : ""}${count(terms.steps, "step")}, ${model.name}`;
}

/** Makes several edits of one inversion, and the picture that shows them beside the source. */
export async function makeSeveral(
  ready: readonly ReadyEdit[],
  placed: PlacedEdits & { readonly sheet: string },
  asked: EditRequest,
  making: Making,
  checkedSource: Parameters<typeof judgeResult>[3],
  session: Session,
): Promise<Several> {
  const { report, signal } = session;
  const { prepared, inverted } = making;
  const { input, model, terms } = prepared;
  const { inversion, frames } = inverted;
  const read = () => sourceFrames(model, input, inversion, asked, signal);
  const source = frames ?? (await asPhase(report, "read", read, input.path));
  const results = await makeAll(ready, placed, making, checkedSource, session);
  const what = `a contact sheet of a clip and ${ready.length} edits of it`;
  const metadata = provenanceOf("edit", usedEdits(asked, prepared), model, terms.prompt, {
    what,
    output: asked.out,
  });
  const shown: EditsShown = {
    title: sheetTitle(placed, prepared),
    sourcePrompt: terms.prompt,
    source,
    edits: placed.edits,
    results,
  };
  const { sheet } = placed;
  await asPhase(report, "draw", () => writeEdits(sheet, shown, { signal, metadata }), sheet);
  report({ type: "fact", name: "sheet", text: sheet });
  const written = placed.edits.filter((_, index) => results[index]).map(({ request }) => request.out);
  return { results: written, failed: ready.length - written.length };
}
