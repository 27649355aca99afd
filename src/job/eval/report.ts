import { differenceOf, type MeasuresByFrame, type ScoresByFrame } from "../../metrics/index.ts";
import { DARK_CURVES, heatOver, scaleOf, viridis } from "../../picture/index.ts";
import type { EvalRequest } from "../../request/index.ts";
import { inWords, type Text } from "../../say.ts";
import { version } from "../../version.node.ts";
import type { Frame } from "../../video/index.ts";
import { dataUri, escaped, PAGE_STYLE, writePage } from "../page.ts";
import { changedWords } from "./changed-words.ts";
import type { Evaluation } from "./evaluation.ts";
import type { EvalInputs } from "./inputs.ts";
import { plotsOf } from "./plots.ts";
import type { EvalRow } from "./rows.ts";
import type { WordMaps } from "./word-maps.ts";

/** Difference of a pixel's channels, of 255, that has the last colour. */
const MOST = 64;
/** A word whose highest value is below this share of the highest of all words stands for hardly anything. */
const LITTLE = 0.05;

/** What a page is made of. */
export interface Page {
  readonly request: EvalRequest;
  readonly evaluation: Evaluation;
  readonly rows: readonly EvalRow[];
  readonly notes: readonly Text[];
  readonly inputs: EvalInputs;
  /** Frames that are shown. */
  readonly shown: readonly number[];
  /** Of the shown frames; null where there are none. */
  readonly maps: WordMaps | null;
  readonly measures: MeasuresByFrame;
  readonly scores: ScoresByFrame | null;
}

/** Where two frames differ, in colours from violet (nowhere) to yellow. */
function heatOf(a: Frame, b: Frame): Frame {
  const data = new Uint8Array(a.width * a.height * 3);
  for (const [i, difference] of differenceOf(a, b).entries()) data.set(viridis(difference / MOST), 3 * i);
  return { width: a.width, height: a.height, data };
}

/** A row of frames below their numbers; `label` is HTML. */
async function strip(label: string, name: string, shown: readonly number[], frames: readonly Frame[]) {
  const cells = frames.map(async (frame, k) => {
    const alt = escaped(`${name}, frame ${shown[k]}`);
    return `<td><img src="${await dataUri(frame)}" width="${frame.width}" height="${frame.height}" alt="${alt}"></td>`;
  });
  return `<tr><th scope="row">${label}</th>${(await Promise.all(cells)).join("")}</tr>`;
}

const tableOf = (name: string, shown: readonly number[], rows: readonly string[]): string =>
  `<div class="frames" role="region" aria-label="${name}" tabindex="0"><table><tr><td></td>${shown.map((f) => `<th scope="col">frame ${f}</th>`).join("")}</tr>
${rows.join("\n")}</table></div>`;

/** Colours from none to most, with what they stand for. */
function legend(least: string, most: string): string {
  const stops = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join()})`).join();
  return `<p class="faint legend">${escaped(least)} <span style="background:linear-gradient(90deg,${stops})"></span> ${escaped(most)}</p>`;
}

async function framesPart({ inputs, shown }: Page): Promise<string> {
  const { source, edited, truth } = inputs;
  const of = (clip: readonly Frame[]): readonly Frame[] => shown.map((f) => clip[f]!);
  const differences = shown.map((f) => heatOf(source[f]!, edited[f]!));
  const toTruth = truth && shown.map((f) => heatOf(truth[f]!, edited[f]!));
  const rows = [
    await strip("source", "source", shown, of(source)),
    await strip("edit", "edit", shown, of(edited)),
    await strip("difference", "difference of source and edit", shown, differences),
    ...(truth ? [await strip("perfect edit", "perfect edit", shown, of(truth))] : []),
    ...(toTruth
      ? [await strip("difference to it", "difference of perfect and own edit", shown, toTruth)]
      : []),
  ];
  return `<h2>Frames</h2>${tableOf("frames", shown, rows)}
${legend("Difference, mean of the three channels: none", `${MOST} of 255 and more`)}`;
}

async function mapsPart({ maps, request, inputs, shown }: Page): Promise<string> {
  if (maps === null) return "";
  const { model, steps, words } = maps;
  const target = request.target?.split(/\s+/) ?? null;
  const texts = words.map(({ text }) => text);
  const changed = target && changedWords(texts, target.map(bare)).source;
  const little = LITTLE * Math.max(...words.map(({ map }) => scaleOf(map).max));
  const rows = words.map(({ text, map }, k) => {
    const scale = scaleOf(map);
    const isChanged = changed?.[k] ?? false;
    const notes = [...(isChanged ? ["changes"] : []), ...(scale.max < little ? ["hardly any"] : [])];
    const frames = shown.map((f, i) =>
      heatOver(inputs.source[f]!, map, i, { ...scale, max: Math.max(scale.max, little) }),
    );
    const name = isChanged ? `<mark>${escaped(text)}</mark>` : escaped(text);
    const note = notes.length > 0 ? `<br><small>${notes.join(", ")}</small>` : "";
    return strip(name + note, `attention to "${text}"`, shown, frames);
  });
  return `<h2>Word maps</h2>
<p class="faint">Where in the source ${escaped(model)} sees each word of its sentence: cross-attention while the frames shown are inverted in
${steps} DDIM steps, mean over the steps, for this page only. Each word has a scale of its own; hardly any is less than a twentieth of the strongest word.${changed ? " Words that the target does not have are marked." : ""}</p>
${tableOf("word maps", shown, await Promise.all(rows))}
${legend("Attention: none", "the word's most")}`;
}

/** A word without what stands around it. */
const bare = (word: string): string => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");

/** Both sentences, the words that are not in the other one marked. */
function sentences({ source, target }: EvalRequest): string {
  const [from, to] = [source, target].map((text) => text?.trim().split(/\s+/) ?? []) as [string[], string[]];
  const changed = changedWords(from.map(bare), to.map(bare));
  const line = (name: string, words: readonly string[], marks: readonly boolean[]): string => {
    const told = words.map((word, i) =>
      source !== undefined && target !== undefined && marks[i]
        ? `<mark>${escaped(word)}</mark>`
        : escaped(word),
    );
    return words.length === 0 ? "" : `<p><span class="faint">${name}</span> ${told.join(" ")}</p>`;
  };
  return line("source", from, changed.source) + line("edit", to, changed.target);
}

const STYLE = `${PAGE_STYLE}
@media (prefers-color-scheme:dark){:root{${DARK_CURVES}}}
table{border-collapse:collapse}td,th{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;font-weight:400}
.numbers tr{border-bottom:1px solid var(--line)}.numbers td:nth-child(2){text-align:right;font-variant-numeric:tabular-nums;font-weight:600}
.numbers h3{font-size:1rem;margin:1rem 0 0}
.frames{overflow-x:auto}.frames img{display:block;max-width:none;min-width:96px;height:auto;border-radius:3px}
.frames td{padding:2px}.frames th{color:var(--faint);font-size:.9rem}.frames th[scope=row]{position:sticky;left:0;background:var(--ground);padding-right:1rem;min-width:5.5rem;color:var(--ink)}
.frames th[scope=col]{padding:2px}
.legend span{display:inline-block;width:8rem;height:.7rem;border-radius:2px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem}
figure{margin:0;border:1px solid var(--line);border-radius:6px;overflow:hidden}svg{display:block;width:100%;height:auto}`;

function numbers(rows: readonly EvalRow[]): string {
  const lines = rows.map(({ group, name, value, beside, better }, i) => {
    const head =
      group === rows[i - 1]?.group
        ? ""
        : `<tr><th colspan="4" scope="rowgroup"><h3>${escaped(group)}</h3></th></tr>`;
    const cells = [name, value].map((text) => `<td>${escaped(text)}</td>`).join("");
    const faint = [beside, better && `${better} is better`].map(
      (text) => `<td class="faint">${escaped(text)}</td>`,
    );
    return `${head}<tr>${cells}${faint.join("")}</tr>`;
  });
  return `<table class="numbers">${lines.join("\n")}</table>`;
}

async function pageOf(page: Page): Promise<string> {
  const { request, evaluation, rows, notes, measures, scores } = page;
  const { frames, width, height } = evaluation;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(request.edited)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(request.edited)}</h1>
<p class="faint">an edit of <code>${escaped(request.input)}</code>, ${frames} frames of ${width}×${height} pixels; fatezero ${version()}</p>
${sentences(request)}
<h2>Numbers</h2>
${numbers(rows)}
${notes.map((note) => `<p class="faint">${escaped(inWords(note))}</p>`).join("\n")}
${await framesPart(page)}
${await mapsPart(page)}
<h2>Over time</h2><div class="plots">${plotsOf(measures, scores)}</div>
</body></html>
`;
}

/** Writes an evaluation as one page that needs nothing else. */
export async function writeReport(path: string, page: Page): Promise<void> {
  await writePage(path, await pageOf(page));
}
