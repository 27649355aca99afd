/**
 * Looks for the values of a kind's preset on clips whose perfect edits are known, there and back.
 *
 *     npm run bench:presets -- DIR KIND [KNOB=VALUE,VALUE…]…
 *
 * Tries every combination of the values (a knob that is not named has the preset's), for instance
 * `guidance=2.5,5 maskThreshold=0.3,0.4`. DIR keeps the inversions, one per clip, and every result, so that nothing is
 * computed twice and what was stopped goes on. Prints all that DIR has on the kind, what leaving one clip out in turns
 * chooses and how that does on the clip that was left out, and what all clips choose.
 *
 * CLIPS=DIR,DIR are other clips than the project's; STEPS=25 and STRIDE=2 are for a coarse look. KEEP=DIR keeps the frames.
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type EditJobOptions,
  edit,
  type Inversion,
  invert,
  loadInversion,
  loadModel,
  type Model,
  readVideo,
  saveInversion,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { printTable } from "./clip.ts";
import { type Candidate, choose, groupBy, leaveOneOut, mean, type Outcome, worth } from "./leave-one-out.ts";
import { OWN_CLIPS, readCases, reversed, scoreFrames, type TruthCase } from "./truth.ts";

const [folder, kind, ...knobs] = process.argv.slice(2);
if (!folder || !kind) {
  console.error("Usage: npm run bench:presets -- DIR KIND [KNOB=VALUE,VALUE…]…");
  process.exit(2);
}
const steps = Number(process.env.STEPS ?? 50);
const stride = Number(process.env.STRIDE ?? 1);
const model = await loadModel(process.env.MODEL ?? "tinytown", { threads: Number(process.env.THREADS ?? 2) });
const terms = `${model.fingerprint.slice(0, 8)} ${steps} steps, every ${stride}`;
const record = join(folder, "results.jsonl");

type Settings = Partial<Omit<EditJobOptions, "prompt">>;

/** One line of the record. */
interface Line extends Outcome {
  readonly terms: string;
  readonly kind: string;
  readonly settings: Settings;
}

/** `0.4` and `true` as what they say, other words as they are. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function combinations(lists: readonly string[]): Settings[] {
  return lists.reduce<Settings[]>(
    (all, list) => {
      const [knob, values = ""] = list.split("=");
      return values.split(",").flatMap((value) => all.map((one) => ({ ...one, [knob!]: parsed(value) })));
    },
    [{}],
  );
}

/** All knobs of a preset, so that equal settings are equal however they were asked for. */
function whole(settings: Settings): Settings {
  const own = (model.checkpoint.settings?.presets as Record<string, Settings> | undefined)?.[kind!] ?? {};
  const defaults: Settings = { maskFrom: "attention", latentBlend: false };
  const all = { ...defaults, ...own, ...settings };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const sources = new Map<string, Promise<{ source: Video; inversion: Inversion }>>();

/** The inversion of a case's source, from DIR or made. */
function inverted(model: Model, { source: path, prompt, clip, id }: TruthCase) {
  const make = async () => {
    const source = await readVideo(path, { stride });
    const name = id.endsWith("back") ? `${clip} ${id}` : clip;
    const file = join(folder!, "inversions", `${name} ${terms}.safetensors`);
    const saved = await loadInversion(file).catch(() => null);
    const inversion = saved ?? (await invert(model, source, { prompt, steps }));
    if (!saved) await saveInversion(file, inversion);
    return { source, inversion };
  };
  const made = sources.get(path) ?? make();
  sources.set(path, made);
  return made;
}

async function readRecord(): Promise<Line[]> {
  const text = await readFile(record, "utf8").catch(() => "");
  const lines = text.split("\n").filter(Boolean);
  return lines
    .map((line): Line => JSON.parse(line))
    .filter((line) => line.terms === terms && line.kind === kind);
}

await mkdir(folder, { recursive: true });
const roots = process.env.CLIPS?.split(",") ?? [OWN_CLIPS];
const there = (await Promise.all(roots.map(readCases))).flat().filter((one) => one.kind === kind);
// Nobody asks for a style to be taken away in these words.
const cases = kind === "style" ? there : there.flatMap((one) => [one, reversed(one)]);
const keyOf = (settings: Settings, clip: string, id: string): string => JSON.stringify([settings, clip, id]);
const known = new Set((await readRecord()).map((line) => keyOf(line.settings, line.clip, line.case)));
const wanted = knobs.length > 0 ? combinations(knobs).map(whole) : [];
for (const settings of wanted) {
  for (const one of cases) {
    if (known.has(keyOf(settings, one.clip, one.id))) continue;
    const { source, inversion } = await inverted(model, one);
    const { frames } = await edit(model, inversion, { prompt: one.target, ...settings });
    const { changed, before, kept } = await scoreFrames(one, source, frames, stride);
    const line: Line = {
      ...{ terms, kind, settings, clip: one.clip, case: one.id },
      ...{ gain: changed - before, kept },
    };
    await appendFile(record, `${JSON.stringify(line)}\n`);
    if (process.env.KEEP) {
      const name = `${one.clip} ${one.id} ${JSON.stringify(settings).replace(/[^\w.,-]+/g, " ")}`;
      await writeVideo(join(process.env.KEEP, name, "/"), frames, { like: source });
    }
  }
}
await model.close();

const byCase = (a: Outcome, b: Outcome): number => (`${a.clip} ${a.case}` < `${b.clip} ${b.case}` ? -1 : 1);
const candidates = groupBy(await readRecord(), ({ settings }) => JSON.stringify(settings))
  .filter((lines) => lines.length >= cases.length)
  .map((lines): Candidate => ({ settings: lines[0]!.settings, outcomes: lines.sort(byCase) }))
  .sort((a, b) => worth(b.outcomes) - worth(a.outcomes));
if (candidates.length === 0) {
  console.error(`${record} holds nothing complete on ${kind} (${terms}): name knobs and values.`);
  process.exit(1);
}

const db = (value: number | null): string => value?.toFixed(1) ?? "";
const text = ({ settings }: Candidate): string =>
  Object.entries(settings)
    .map(([knob, value]) => `${knob} ${value}`)
    .join(", ");
const keptOf = (outcomes: readonly Outcome[]): number | null => {
  const kept = outcomes.flatMap((one) => (one.kept === null ? [] : [one.kept]));
  return kept.length > 0 ? mean(kept) : null;
};
const oneWay = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.filter((one) => !one.case.endsWith("back"));
const row = (label: string, outcomes: readonly Outcome[]): string[] => {
  const way = oneWay(outcomes);
  return [
    label,
    worth(outcomes).toFixed(2),
    db(mean(way.map(({ gain }) => gain))),
    db(keptOf(way)),
    outcomes.map(({ gain, kept }) => `${db(gain)}${kept === null ? "" : `/${db(kept)}`}`).join(" "),
  ];
};
console.log(
  `${kind}, ${terms}; cases: ${candidates[0]!.outcomes.map((one) => `${one.clip} ${one.case}`).join(", ")}\n`,
);
const SHOWN = 25;
printTable([
  ["settings", "worth", "gain", "kept", "per case"],
  ...candidates.slice(0, SHOWN).map((candidate) => row(text(candidate), candidate.outcomes)),
]);
console.log("\nleaving one clip out");
const left = leaveOneOut(candidates);
printTable([
  ["chosen without it", "worth", "gain", "kept", "on it"],
  ...left.map(({ clip, chosen, outcomes }) => row(`${clip}: ${text(chosen)}`, outcomes)),
  row(
    "mean",
    left.flatMap(({ outcomes }) => outcomes),
  ),
]);
const chosen = choose(candidates);
console.log("\nchosen by all");
printTable([["settings", "worth", "gain", "kept", "per case"], row(text(chosen), chosen.outcomes)]);
