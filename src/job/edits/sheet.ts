import { drawSheet, type SheetRow } from "../../picture/index.ts";
import { spread } from "../../spread.ts";
import { writeVideo } from "../../video/index.node.ts";
import type { Frame } from "../../video/index.ts";
import { tilesOf, tileTitles } from "../contact.ts";
import type { Provenance } from "../provenance.ts";
import { labelOf } from "../run/outputs.ts";
import type { PlacedEdit } from "./places.ts";
import { sweptText } from "./variants.ts";

/** What a picture of several edits shows. */
export interface EditsShown {
  /** Of all edits: the target where they have one, steps, the model. */
  readonly title: string;
  readonly sourcePrompt: string;
  readonly source: readonly Frame[];
  readonly edits: readonly PlacedEdit[];
  /** The frames that are shown of each edit's result, as `tilesFor` gives them; null where it failed. */
  readonly results: readonly (readonly Frame[] | null)[];
}

const FAILED = "failed";

/** Whether the edits differ in two ways or more, so that each has one tile, in a row and a column. */
function isGrid([first, ...others]: readonly PlacedEdit[]): boolean {
  const ways =
    (first?.swept.length ?? 0) +
    (others.some(({ request }) => request.target !== first?.request.target) ? 1 : 0);
  return ways > 1;
}

/** The frame that stands for a clip. */
const middle = (frames: number): number => spread(frames, 1)[0]!;

/** The frames of a clip that the picture of these edits shows. */
export function tilesFor(edits: readonly PlacedEdit[], frames: readonly Frame[]): readonly Frame[] {
  return isGrid(edits) ? tilesOf([frames[middle(frames.length)]!]) : tilesOf(frames);
}

/** A row of frames for each edit. */
function listOf({ sourcePrompt, source, edits, results }: EditsShown): {
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
} {
  return {
    columns: tileTitles(source.length),
    rows: [
      { label: "source", note: labelOf(sourcePrompt), frames: tilesFor(edits, source) },
      ...edits.map(({ number, about }, index) => {
        const frames = results[index] ?? null;
        return { label: number, note: frames ? about : `${about}: ${FAILED}`, frames: frames ?? [] };
      }),
    ],
  };
}

/** A row for each target and value of the first sweep, a column for each value of the last one. */
function gridOf({ sourcePrompt, source, edits, results }: EditsShown): {
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
} {
  const [shown] = tilesFor(edits, source);
  const blank: Frame = { ...shown!, data: new Uint8Array(shown!.data.length).fill(255) };
  const columnOf = ({ swept }: PlacedEdit): string => sweptText({ swept: swept.slice(-1) });
  const columns = [...new Set(edits.map(columnOf))];
  const rows: (SheetRow & { readonly frames: Frame[] })[] = [];
  const several = edits.some(({ request }) => request.target !== edits[0]!.request.target);
  for (const [index, { request, swept, number }] of edits.entries()) {
    if (index % columns.length === 0) {
      const note = several ? labelOf(request.target ?? "") : "";
      const last = edits[index + columns.length - 1]!.number;
      rows.push({
        label: sweptText({ swept: swept.slice(0, -1) }) || `${number} to ${last}`,
        ...(note === "" ? {} : { note }),
        frames: [],
      });
    }
    rows.at(-1)!.frames.push(results[index]?.[0] ?? blank);
  }
  return { columns, rows: [{ label: "source", note: labelOf(sourcePrompt), frames: [shown!] }, ...rows] };
}

/** One picture of the source and all edits. */
export function drawEdits(shown: EditsShown): Frame {
  const { edits, source, title } = shown;
  const grid = isGrid(edits);
  const which = grid && source.length > 1 ? `, frame ${middle(source.length)}` : "";
  return drawSheet({ title: title + which, ...(grid ? gridOf(shown) : listOf(shown)) });
}

/** Draws the edits and writes the picture. */
export async function writeEdits(
  path: string,
  shown: EditsShown,
  options: { readonly signal: AbortSignal; readonly metadata: Provenance },
): Promise<void> {
  await writeVideo(path, [drawEdits(shown)], { ...options, fps: 1 });
}
