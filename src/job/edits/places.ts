import { realpath } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";
import { defined } from "../../defined.ts";
import { FateZeroError } from "../../errors.ts";
import type { EditRequest } from "../../request/index.ts";
import { checkOutput } from "../../video/index.node.ts";
import { checkApart } from "../apart.ts";
import { labelOf, SHEET_NAME, slugOf, wordsIn } from "../run/outputs.ts";
import { checkSeeing } from "../seeing.ts";
import { checkWritable } from "../writable.ts";
import { type OneEdit, sweptText, type Variant, variantsOf } from "./variants.ts";

/** One of the edits that a request asks for, with paths of its own. */
export interface PlacedEdit extends Variant<OneEdit> {
  /** Its place among several: `2`, of ten and more `02`. */
  readonly number: string;
  /** What it is: its target as far as there are several, and the values of what is swept. */
  readonly about: string;
  /** A folder of lossless frames beside the video, where the results go to a folder. */
  readonly frames: string | null;
}

/** All edits of a request, and the picture of them where there are several. */
export interface PlacedEdits {
  readonly edits: readonly PlacedEdit[];
  readonly sheet: string | null;
}

const isFolder = (path: string): boolean => path.endsWith("/") || path.endsWith(sep);

/** A path with something before its extension: `blue.mp4` → `blue-1-green.mp4`, `maps/` → `maps-1-green/`. */
export function pathWith(
  path: string,
  addition: string,
  ending = extname(path.replace(/[/\\]+$/, "")),
): string {
  const [, whole, slash] = /^(.*?)([/\\]*)$/s.exec(path) as unknown as [string, string, string];
  const stem = whole.slice(0, whole.length - extname(whole).length);
  return `${stem}-${addition}${ending}${slash}`;
}

/** A target by the words that it has more often than any other, or by all of its words where there are none. */
function nameOfTarget(target: string, targets: readonly string[]): string {
  const timesIn = (words: readonly string[], word: string): number =>
    words.filter((other) => other === word).length;
  const others = targets.filter((one) => one !== target).map(wordsIn);
  const words = wordsIn(target);
  const own = words.filter((word, at) => {
    const more = timesIn(words, word) - Math.max(...others.map((other) => timesIn(other, word)));
    return timesIn(words.slice(0, at), word) < more;
  });
  return slugOf(own.length > 0 ? own.join(" ") : target);
}

function placed(
  variants: readonly Variant<OneEdit>[],
  index: number,
  { out, compare, saveMaps, saveLatents }: EditRequest,
): PlacedEdit {
  const { request, swept } = variants[index]!;
  const { target } = request;
  const targets = [...new Set(variants.flatMap((variant) => variant.request.target ?? []))];
  const isOneOfMany = target !== undefined && targets.length > 1;
  const number = String(index + 1).padStart(String(variants.length).length, "0");
  const name = [
    number,
    ...(isOneOfMany ? [nameOfTarget(target, targets)] : []),
    ...swept.map(({ name: option, value }) => `${option}-${value}`),
  ].join("-");
  const beside = (path: string | undefined): string | undefined => path && pathWith(path, name);
  const about = [
    ...(isOneOfMany ? [labelOf(target)] : []),
    ...(swept.length > 0 ? [sweptText({ swept })] : []),
  ];
  return {
    request: {
      ...request,
      out: isFolder(out) ? join(out, `${name}.mp4`) : pathWith(out, name),
      ...defined({ compare: beside(compare), saveMaps: beside(saveMaps), saveLatents: beside(saveLatents) }),
    },
    swept,
    number,
    about: about.join(", "),
    frames: isFolder(out) ? `${join(out, name)}/` : null,
  };
}

/** The edits of a request and where they go: a single one as it was asked for, several by their numbers. Throws usage errors. */
export function placedEdits(asked: EditRequest): PlacedEdits {
  const variants = variantsOf(asked);
  if (variants.length === 1)
    return { edits: [{ ...variants[0]!, number: "1", about: "", frames: null }], sheet: null };
  const { out } = asked;
  const sheet = isFolder(out) ? join(out, SHEET_NAME) : pathWith(out, SHEET_NAME.replace(".png", ""), ".png");
  return { edits: variants.map((_, index) => placed(variants, index, asked)), sheet };
}

/** Which edit of several it is, for a person: `2 of 3: a blue car`. */
export function titleOf({ number, about }: PlacedEdit, { edits }: PlacedEdits): string {
  return `${Number(number)} of ${edits.length}: ${about}`;
}

/** The paths that edits write. */
export function pathsOf({ edits, sheet }: PlacedEdits): readonly string[] {
  const all = edits.flatMap(({ request: { out, saveMaps, compare, saveLatents }, frames }) => [
    ...[out, frames, saveMaps, compare, saveLatents],
  ]);
  return [...all, sheet].filter((path) => path !== null && path !== undefined);
}

/** A folder of results that is what is read would be changed by them. */
async function checkNotRead(folder: string, input: string): Promise<void> {
  const [to, from] = await Promise.all(
    [folder, input].map((path) => realpath(path).catch(() => resolve(path))),
  );
  if (to !== from) return;
  throw new FateZeroError(
    "output-is-input",
    `The output "${folder}" is the input.`,
    "Choose another folder.",
  );
}

/** Refuses, before anything is opened, what cannot be written, and what would take another's place. */
export async function checkPlaces({ edits, sheet }: PlacedEdits, asked: EditRequest): Promise<void> {
  const { input } = asked;
  if (isFolder(asked.out) && sheet !== null) await checkNotRead(asked.out, input);
  for (const { request, frames } of edits) {
    await checkOutput(request.out, { input });
    await checkWritable(request.out);
    if (frames !== null) {
      await checkOutput(frames, { input });
      await checkApart({ out: frames }, request);
    }
    await checkSeeing(request);
  }
  if (sheet === null) return;
  await checkApart({ out: sheet, live: asked.live }, asked);
  await checkOutput(sheet, { input });
}
