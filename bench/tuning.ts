/**
 * Shape edits before and after the model is tuned on the clip: PSNR to the perfect edit in the part that should change and
 * in the part that should stay, with the untouched source's in brackets.
 *
 *     npm run bench:tuning [-- CLIP…]
 *
 * CLIPS=DIR takes other clips, as `readCases` describes them. STEPS=100 and RATE=3e-5 are those of the training, OPTIONS='{"guidance": 4}'
 * edit options in place of the preset's, for both; OUT=DIR keeps a contact sheet and the loss curve of each clip.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  edit,
  type Frame,
  invert,
  loadModel,
  type Model,
  readVideo,
  saveTuned,
  type Tuning,
  tune,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { curveOf } from "../src/job/tune/curve.ts";
import { curvePicture, drawSheet } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { printTable } from "./clip.ts";
import { mean } from "./leave-one-out.ts";
import { OWN_CLIPS, readCases, type Score, scoreFrames, type TruthCase } from "./truth.ts";

const { CLIPS = OWN_CLIPS, STEPS = "100", RATE, OPTIONS = "{}", OUT } = process.env;
const options: Record<string, unknown> = JSON.parse(OPTIONS);
const wanted = process.argv.slice(2);

interface Scored extends Score {
  readonly frames: readonly Frame[];
  readonly truth: Video;
}

async function score(model: Model, one: TruthCase, source: Video): Promise<Scored> {
  const inversion = await invert(model, source, { prompt: one.prompt });
  const { frames, preset } = await edit(model, inversion, { prompt: one.target, ...options });
  if (preset !== "shape") throw new Error(`"${one.target}" is edited by the preset ${preset}`);
  return { ...(await scoreFrames(one, source, frames, 1)), frames };
}

/** The tuned model, from a folder that is removed when it is closed. */
async function tuned(
  base: Model,
  tuning: Tuning,
): Promise<{ readonly model: Model; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-tuned-"));
  await saveTuned(base, tuning, folder);
  const model = await loadModel(folder);
  const close = async (): Promise<void> => {
    await model.close();
    await rm(folder, { recursive: true });
  };
  return { model, close };
}

const base = await loadModel("tinytown");
const cases = (await readCases(CLIPS)).filter(
  ({ kind, clip }) => kind === "shape" && (wanted.length === 0 || wanted.includes(clip)),
);
const found: {
  readonly one: TruthCase;
  readonly before: Scored;
  readonly after: Scored;
  readonly tuning: Tuning;
}[] = [];
for (const one of cases) {
  const source = await readVideo(one.source);
  const before = await score(base, one, source);
  const rate = RATE === undefined ? {} : { learningRate: Number(RATE) };
  const tuning = await tune(base, source, { prompt: one.prompt, steps: Number(STEPS), ...rate });
  const { model, close } = await tuned(base, tuning);
  const after = await score(model, one, source);
  await close();
  found.push({ one, before, after, tuning });
  if (OUT === undefined) continue;
  const shown = (frames: readonly Frame[]): Frame[] => spread(frames.length, 6).map((f) => frames[f]!);
  const rows = [
    { label: "source", note: one.prompt, frames: shown(source.frames) },
    { label: "not tuned", note: one.target, frames: shown(before.frames) },
    { label: "tuned", note: `${tuning.steps} steps`, frames: shown(after.frames) },
    { label: "", note: "perfect edit", frames: shown(after.truth.frames) },
  ];
  await writeVideo(join(OUT, `${one.clip}.png`), [drawSheet({ rows })], { fps: 1 });
  await writeVideo(join(OUT, `${one.clip}.loss.png`), [curvePicture(curveOf(tuning))], { fps: 1 });
}
await base.close();

const db = (value: number): string => value.toFixed(1);
const settings = found[0]!.tuning.settings;
console.log(`${settings.steps} steps at a learning rate of ${settings.adamw.learningRate}\n`);
printTable([
  ["edit", "changed part: not tuned", "tuned", "(source)", "kept part: not tuned", "tuned", "held-out loss"],
  ...found.map(({ one, before, after, tuning }) => [
    `${one.clip} ${one.id}`,
    ...[before.changed, after.changed].map(db),
    `(${db(before.before)})`,
    ...[before.kept!, after.kept!].map(db),
    `${tuning.heldOut[0]!.loss.toFixed(4)} -> ${tuning.heldOut.at(-1)!.loss.toFixed(4)}`,
  ]),
  [
    "mean",
    ...(["before", "after"] as const).map((of) => db(mean(found.map((one) => one[of].changed)))),
    `(${db(mean(found.map(({ before }) => before.before)))})`,
    ...(["before", "after"] as const).map((of) => db(mean(found.map((one) => one[of].kept!)))),
    "",
  ],
]);
