/**
 * What approximations of an edit save and cost, on clips whose perfect edits are known: PSNR to the perfect edit in the part that should
 * change and in the part that should stay, the flow-warp error beside the source's own, and the processor time of the edit's steps as a
 * share of the default's: one thread computes, and every edit is made by all of them in turns, so that what else the machine does counts
 * little. Linux only, where the time of the process that computes is read from /proc.
 *
 *     CLIPS=DIR npm run bench:approximations [-- KIND…]
 *
 * DIR holds clips as `readCases` (truth.ts) describes them. STEPS=20 and STRIDE=2 are the steps and every how many frames are taken;
 * TRIED='[{"reuseDeep": 5}]' are options in place of those that are tried else, beside the default; OUT=DIR keeps every result and a
 * contact sheet of each edit, a row for each value. The last table is of multiplications, with Stable Diffusion's UNet beside tinytown's:
 * what a step takes without guidance, and cut below the finest level or the two finest, of the whole.
 */
import { join } from "node:path";
import {
  type EditJobOptions,
  edit,
  type Frame,
  type Inversion,
  invert,
  loadModel,
  readVideo,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { type ClipFlow, clipFlow, flowWarpError } from "../src/metrics/index.ts";
import { drawSheet } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { printTable } from "./clip.ts";
import { groupBy, mean } from "./leave-one-out.ts";
import { computed } from "./processor.ts";
import { printShares } from "./step-shares.ts";
import { OWN_CLIPS, readCases, type Score, scoreFrames, type TruthCase } from "./truth.ts";

const root = process.env.CLIPS ?? OWN_CLIPS;
const steps = Number(process.env.STEPS ?? 20);
const stride = Number(process.env.STRIDE ?? 1);
const kinds = process.argv.slice(2);

type Tried = readonly [name: string, knobs: EditJobOptions];

const USUAL: readonly Tried[] = [
  ["guidance 0-0.8", { guidanceSteps: 0.8 }],
  ["guidance 0-0.6", { guidanceSteps: 0.6 }],
  ["guidance 0-0.4", { guidanceSteps: 0.4 }],
  ["guidance 0.2-1", { guidanceSteps: [0.2, 1] }],
  ["guidance 0.2-0.8", { guidanceSteps: [0.2, 0.8] }],
  ["reuse 2", { reuseDeep: 2 }],
  ["reuse 3", { reuseDeep: 3 }],
  ["guidance 0-0.6, reuse 2", { guidanceSteps: 0.6, reuseDeep: 2 }],
];

const given: readonly EditJobOptions[] | null = process.env.TRIED ? JSON.parse(process.env.TRIED) : null;
const named = (knobs: EditJobOptions): string =>
  Object.entries(knobs)
    .map(([knob, value]) => `${knob} ${[value].flat().join("-")}`)
    .join(", ");
const tried: readonly Tried[] = [
  ["default", {}],
  ...(given?.map((knobs): Tried => [named(knobs), knobs]) ?? USUAL),
];

/** Frames shown of each clip. */
const SHOWN = 4;
const shownOf = (frames: readonly Frame[]): Frame[] => spread(frames.length, SHOWN).map((f) => frames[f]!);

interface Made extends Score {
  readonly name: string;
  readonly kind: string;
  readonly frames: readonly Frame[];
  readonly warpError: number;
  /** Of the processor, in the edit's steps. */
  readonly seconds: number;
}

const model = await loadModel(process.env.MODEL ?? "tinytown", { threads: 1 });

async function make(
  one: TruthCase,
  { source, flow, inversion }: { source: Video; flow: ClipFlow; inversion: Inversion },
  [name, knobs]: Tried,
): Promise<Made> {
  const job = edit(model, inversion, { prompt: one.target, ...knobs });
  let began = 0;
  let seconds = 0;
  for await (const event of job) {
    if (event.type === "phase" && event.phase === "edit") began = await computed();
    if (event.type === "step" && event.phase === "edit") seconds = (await computed()) - began;
  }
  const { frames } = await job;
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, one.clip, one.id, name, "/"), frames, { like: source });
  const { changed, before, kept } = await scoreFrames(one, source, frames, stride);
  const warpError = flowWarpError(frames, flow) ?? 0;
  return { ...{ name, kind: one.kind, frames, warpError, seconds }, ...{ changed, before, kept } };
}

const cases = (await readCases(root)).filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
const all: Made[] = [];
const ofSources: number[] = [];
for (const [nth, ofClip] of groupBy(cases, ({ clip }) => clip).entries()) {
  const { clip, prompt, source: folder } = ofClip[0]!;
  const source = await readVideo(folder, { stride });
  const flow = await clipFlow(source.frames);
  ofSources.push(flowWarpError(source.frames, flow) ?? 0);
  const inversion = await invert(model, source, { prompt, steps });
  const terms = { source, flow, inversion };
  // The first run of each opens its graphs.
  if (nth === 0) for (const each of tried) await make(ofClip[0]!, terms, each);
  for (const one of ofClip) {
    const made: Made[] = [];
    for (const each of tried) made.push(await make(one, terms, each));
    all.push(...made);
    console.error(`${one.clip} ${one.id}: ${made.map(({ seconds }) => seconds.toFixed(1)).join(" ")} s`);
    if (!process.env.OUT) continue;
    const truth = await readVideo(one.truth, { stride });
    const rows = [
      { label: "source", note: prompt, frames: shownOf(source.frames) },
      ...made.map(({ name, frames }) => ({ label: name, note: one.kind, frames: shownOf(frames) })),
      { label: "perfect edit", note: one.target, frames: shownOf(truth.frames) },
    ];
    await writeVideo(join(process.env.OUT, `${clip} ${one.id}.png`), [drawSheet({ rows })], { fps: 1 });
  }
}
await model.close();

const db = (values: readonly number[]): string => (values.length > 0 ? mean(values).toFixed(2) : "");
const keptOf = (made: readonly Made[]): number[] => made.flatMap(({ kept }) => (kept === null ? [] : [kept]));
const byName = groupBy(all, ({ name }) => name);
const secondsOf = (made: readonly Made[]): number => made.reduce((sum, { seconds }) => sum + seconds, 0);
const whole = secondsOf(byName[0]!);

console.log(
  `${model.name}, ${cases.length} edits in ${steps} steps; the untouched sources have ${db(all.map(({ before }) => before))} dB in the changed part and a warp error of ${(mean(ofSources) * 1e4).toFixed(2)}e-4.\n`,
);
printTable([
  ["edit", "changed part", "kept part", "warp error ·1e4", "UNet's processor time"],
  ...byName.map((made) => [
    made[0]!.name,
    db(made.map(({ changed }) => changed)),
    db(keptOf(made)),
    (mean(made.map(({ warpError }) => warpError)) * 1e4).toFixed(2),
    `${((100 * secondsOf(made)) / whole).toFixed(0)} %`,
  ]),
]);
for (const [title, of] of [
  ["changed part", (made: readonly Made[]) => made.map(({ changed }) => changed)],
  ["kept part", keptOf],
] as const) {
  const kindsOf = groupBy(all, ({ kind }) => kind);
  console.log("");
  printTable([
    [title, ...kindsOf.map(([one]) => one!.kind)],
    ...byName.map((made) => [
      made[0]!.name,
      ...kindsOf.map((ofKind) => db(of(ofKind.filter(({ name }) => name === made[0]!.name)))),
    ]),
  ]);
}
console.log("");
printShares(model.checkpoint.unet);
