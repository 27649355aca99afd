/**
 * Edits clips whose perfect edits are known, and scores the results: PSNR to the ground truth in the part that should
 * change and in the part that should stay, with the untouched source's in brackets.
 *
 *     CLIPS=DIR npm run bench:clips [-- KIND…]
 *
 * DIR holds clips as `readCases` describes them. OPTIONS='{"guidance": 4}' are edit options tried instead of the
 * preset's; OUT=DIR keeps every result and a contact sheet per clip (docs/clips was made so); STRIDE=2 takes every second
 * frame. `npm run bench:presets` looks for better presets.
 */
import { join } from "node:path";
import {
  type EditResult,
  edit,
  type Frame,
  type Inversion,
  invert,
  loadModel,
  readVideo,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { drawSheet, maskOver, type SheetRow } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { floatTensor } from "../src/tensor/index.ts";
import { printTable } from "./clip.ts";
import { groupBy, mean } from "./leave-one-out.ts";
import { OWN_CLIPS, readCases, type Score, scoreFrames, type TruthCase } from "./truth.ts";

const root = process.env.CLIPS ?? OWN_CLIPS;
const options: Record<string, unknown> = JSON.parse(process.env.OPTIONS ?? "{}");
const stride = Number(process.env.STRIDE ?? 1);
const kinds = process.argv.slice(2);
const model = await loadModel(process.env.MODEL ?? "tinytown");

const db = (value: number): string => value.toFixed(1);

/** Frames shown of each clip. */
const SHOWN = 4;
const shownOf = ({ frames }: Video): Frame[] => spread(frames.length, SHOWN).map((f) => frames[f]!);

/** Result, ground truth and, where there is one, the mask (its mean over the steps) as rows of a contact sheet. */
function sheetRows(kind: string, source: Video, result: EditResult, truth: Video): SheetRow[] {
  const rows = [
    { label: kind, note: "edit", frames: shownOf(result) },
    { label: "", note: "perfect edit", frames: shownOf(truth) },
  ];
  const hard = result.masks?.hard;
  if (!hard) return rows;
  const [steps, ...shape] = hard.shape as [number, ...number[]];
  const average = floatTensor(shape);
  for (const [i, value] of hard.data.entries()) average.data[i % average.data.length]! += value / steps;
  const shown = spread(source.frames.length, SHOWN);
  const masked = shown.map((f) => maskOver(source.frames[f]!, average, f));
  return [...rows, { label: "", note: "mask", frames: masked }];
}

interface Scored extends Score {
  readonly one: TruthCase;
  readonly rows: readonly SheetRow[];
  readonly seconds: number;
}

async function score(one: TruthCase, source: Video, inversion: Inversion): Promise<Scored> {
  const start = performance.now();
  const result = await edit(model, inversion, { prompt: one.target, ...options, keepMasks: true });
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, one.clip, one.id, "/"), result.frames, { like: source });
  const seconds = (performance.now() - start) / 1000;
  const { truth, ...found } = await scoreFrames(one, source, result.frames, stride);
  return { ...found, one, rows: sheetRows(one.kind, source, result, truth), seconds };
}

const cases = (await readCases(root)).filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
const scores: Scored[] = [];
for (const ofClip of groupBy(cases, ({ clip }) => clip)) {
  const { clip, prompt, source: folder } = ofClip[0]!;
  const source = await readVideo(folder, { stride });
  const inversion = await invert(model, source, { prompt });
  const scored: Scored[] = [];
  for (const one of ofClip) scored.push(await score(one, source, inversion));
  scores.push(...scored);
  if (process.env.OUT) {
    const top = { label: "source", note: prompt, frames: shownOf(source) };
    const sheet = drawSheet({ rows: [top, ...scored.flatMap(({ rows }) => rows)] });
    await writeVideo(join(process.env.OUT, `${clip}.png`), [sheet], { fps: 1 });
  }
}
await model.close();

printTable([
  ["edit", "preset", "changed part", "(source)", "kept part", "s"],
  ...scores.map(({ one, changed, before, kept, seconds }) => [
    `${one.clip} ${one.id}`,
    one.kind,
    db(changed),
    `(${db(before)})`,
    kept === null ? "" : db(kept),
    seconds.toFixed(0),
  ]),
]);
console.log("");
printTable([
  ["mean of kind", "gain over the source", "kept part"],
  ...groupBy(scores, ({ one }) => one.kind).map((of) => {
    const kept = of.flatMap((one) => (one.kept === null ? [] : [one.kept]));
    return [
      of[0]!.one.kind,
      db(mean(of.map(({ changed, before }) => changed - before))),
      kept.length > 0 ? db(mean(kept)) : "",
    ];
  }),
]);
