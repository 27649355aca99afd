import { asTile, drawSheet } from "../../picture/index.ts";
import { spread } from "../../spread.ts";
import type { Frame } from "../../video/index.ts";

/** Frames of each edit that a sheet shows. */
const EACH = 2;

/** An edit of a clip, with the frames of everything that a sheet has a row of; null where there is none. */
export interface SheetEdit {
  readonly edit: string;
  readonly frames: ReadonlyMap<string, readonly Frame[]>;
}

/** One picture of a clip: a row for the source, the perfect edit and every method, and for each edit a few frames. */
export function drawClip(
  clip: string,
  rows: readonly { readonly name: string; readonly title: string }[],
  edits: readonly SheetEdit[],
): Frame {
  const [first] = edits.flatMap(({ frames }) => [...frames.values()]);
  const { width, height } = first![0]!;
  const blank: Frame = { width, height, data: new Uint8Array(width * height * 3).fill(255) };
  const columns = edits.flatMap(({ edit, frames }) => {
    const length = Math.max(...[...frames.values()].map((all) => all.length));
    return spread(length, EACH).map((index) => ({ title: `${edit} ${index}`, index, frames }));
  });
  return drawSheet({
    title: clip,
    columns: columns.map(({ title }) => title),
    rows: rows.map(({ name, title }) => ({
      label: name,
      note: title,
      frames: columns.map(({ index, frames }) => asTile(frames.get(name)?.[index] ?? blank)),
    })),
  });
}
