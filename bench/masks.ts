/**
 * How much a better mask is worth: edits of clips whose perfect edits are known, under the automatic mask and under the true
 * one, given as by `--mask`. PSNR in dB to the perfect edit in the part that should change and in the part that should stay.
 *
 *     npm run bench:masks -- [--clips DIR] [--steps N] [--out DIR]
 *
 * DIR holds clips as `readCases` (truth.ts) describes them. The true mask is the object as it is or was; for a background all
 * but that; for a style there is none. `--out` keeps every result.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type EditResult, edit, type Frame, invert, loadModel, readVideo, writeVideo } from "../src/index.ts";
import { decodeLatents, imagesToFrames } from "../src/pipeline/index.ts";
import { printTable } from "./clip.ts";
import { groupBy, mean } from "./leave-one-out.ts";
import { OWN_CLIPS, readCases, type Score, scoreFrames, type TruthCase } from "./truth.ts";

const { values } = parseArgs({
  options: { clips: { type: "string" }, steps: { type: "string" }, out: { type: "string" } },
});
const steps = Number(values.steps ?? 50);
const model = await loadModel(process.env.MODEL ?? "tinytown");

/** White where the perfect edit differs from the source by more than its coding. */
async function trueMask({ kind, masks }: TruthCase): Promise<Frame[]> {
  const [before, after] = await Promise.all(masks.map(async (path) => (await readVideo(path)).frames));
  return before!.map(({ width, height, data }, f) => {
    const other = after![f]!.data;
    const object = data.map((value, i) => Math.max(value, other[i]!));
    const shown = kind === "background" ? object.map((value) => 255 - value) : object;
    return { width, height, data: new Uint8Array(shown) };
  });
}

interface Compared {
  readonly one: TruthCase;
  readonly automatic: Score;
  readonly given: Score;
  /** Of the given mask's result before the source's pixels are pasted: what the latents keep. */
  readonly latentsKept: number | null;
}

async function keep(one: TruthCase, name: string, { frames }: EditResult): Promise<void> {
  if (values.out) await writeVideo(join(values.out, one.clip, one.id, `${name}/`), frames, { fps: 8 });
}

const compared: Compared[] = [];
const cases = (await readCases(values.clips ?? OWN_CLIPS)).filter(({ kind }) => kind !== "style");
for (const ofClip of groupBy(cases, ({ clip }) => clip)) {
  const { prompt, source: folder } = ofClip[0]!;
  const source = await readVideo(folder);
  const inversion = await invert(model, source, { prompt, steps });
  for (const one of ofClip) {
    const automatic = await edit(model, inversion, { prompt: one.target });
    const mask = await trueMask(one);
    const given = await edit(model, inversion, { prompt: one.target, mask, sourceFrames: source.frames });
    const unpasted = imagesToFrames(await decodeLatents(model, given.latents));
    await keep(one, "automatic", automatic);
    await keep(one, "given", given);
    compared.push({
      one,
      automatic: await scoreFrames(one, source, automatic.frames, 1),
      given: await scoreFrames(one, source, given.frames, 1),
      latentsKept: (await scoreFrames(one, source, unpasted, 1)).kept,
    });
    console.error(`${one.clip} ${one.id}`);
  }
}
await model.close();

const db = (value: number | null): string =>
  value === null ? "" : Number.isFinite(value) ? value.toFixed(1) : "equal";
const meanOf = (list: readonly Compared[], of: (one: Compared) => number | null): number | null => {
  const found = list.flatMap((one) => of(one) ?? []);
  return found.length > 0 ? mean(found) : null;
};
const COLUMNS: readonly ((one: Compared) => number | null)[] = [
  ({ automatic }) => automatic.before,
  ({ automatic }) => automatic.changed,
  ({ given }) => given.changed,
  ({ automatic }) => automatic.kept,
  ({ latentsKept }) => latentsKept,
  ({ given }) => given.kept,
];
const HEAD = [
  ...["changed part: source", "automatic mask", "true mask"],
  ...["kept part: automatic mask", "true mask, latents alone", "true mask"],
];
printTable([
  ["edit", "kind", ...HEAD],
  ...compared.map((row) => [
    `${row.one.clip} ${row.one.id}`,
    row.one.kind,
    ...COLUMNS.map((of) => db(of(row))),
  ]),
  ...groupBy(compared, ({ one }) => one.kind).map((of) => [
    "mean",
    of[0]!.one.kind,
    ...COLUMNS.map((column) => db(meanOf(of, column))),
  ]),
  ["mean", "all", ...COLUMNS.map((column) => db(meanOf(compared, column)))],
]);
