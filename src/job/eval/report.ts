import { writeFile } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { removeLeftovers, replacePath, temporarySibling, writeFault } from "../../files/index.node.ts";
import { differenceOf, psnr } from "../../metrics/index.ts";
import { curveSvg, viridis } from "../../picture/index.ts";
import type { EvalRequest } from "../../request/index.ts";
import { inWords, say, type Text, the } from "../../say.ts";
import { spread } from "../../spread.ts";
import { version } from "../../version.node.ts";
import { encodePng } from "../../video/index.node.ts";
import type { Frame } from "../../video/index.ts";
import type { Evaluation } from "./evaluation.ts";
import type { EvalInputs } from "./inputs.ts";
import type { EvalRow } from "./rows.ts";

/** Frames that a page shows. */
const SHOWN = 8;
/** Difference of a pixel's channels, of 255, that has the last colour. */
const MOST = 64;

/** Throws FateZeroError `output-format` unless it is the name of a page. */
export function checkReport(path: string): void {
  if (/\.html?$/i.test(path)) return;
  throw new FateZeroError(
    "output-format",
    say`${the("report", path)} does not end in .html, and a report is a page.`,
    `Name it e.g. "report.html".`,
  );
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Where two frames differ, in colours from violet (nowhere) to yellow. */
function heatOf(a: Frame, b: Frame): Frame {
  const data = new Uint8Array(a.width * a.height * 3);
  for (const [i, difference] of differenceOf(a, b).entries()) data.set(viridis(difference / MOST), 3 * i);
  return { width: a.width, height: a.height, data };
}

async function picture(frame: Frame, label: string): Promise<string> {
  const png = Buffer.from(await encodePng(frame)).toString("base64");
  return `<img src="data:image/png;base64,${png}" width="${frame.width}" height="${frame.height}" alt="${escaped(label)}">`;
}

async function strip(name: string, frames: readonly Frame[], numbers: readonly number[]): Promise<string> {
  const pictures = await Promise.all(numbers.map((f) => picture(frames[f]!, `${name}, frame ${f}`)));
  return `<tr><th scope="row">${escaped(name)}</th>${pictures.map((image) => `<td>${image}</td>`).join("")}</tr>`;
}

/** Numbers over the frames, as a drawing. */
function plots({ source, edited, truth, mask }: EvalInputs): string {
  const perFrame = (other: readonly Frame[], kept: boolean) =>
    edited.map((frame, f) => {
      const weight = kept && mask ? (_: number, i: number) => 1 - mask(f, i) : undefined;
      return [f, psnr([other[f]!], [frame], weight) ?? Number.NaN] as const;
    });
  const lines = [
    {
      name: mask ? "kept part, against the source" : "against the source",
      style: "bold",
      points: perFrame(source, true),
    },
    ...(truth
      ? [{ name: "against the perfect edit", style: "dots", points: perFrame(truth, false) } as const]
      : []),
  ] as const;
  return curveSvg({ title: "PSNR of each frame", x: "frame", y: "dB", lines });
}

const STYLE = `:root{color-scheme:light dark;--ink:#1c2026;--faint:#5c626c;--ground:#fff;--line:#d8dce2}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--faint:#a2a8b2;--ground:#14171c;--line:#333a44}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:2rem auto;max-width:72rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse}td,th{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;font-weight:400}
.numbers tr{border-bottom:1px solid var(--line)}.numbers td:nth-child(2){text-align:right;font-variant-numeric:tabular-nums;font-weight:600}
.faint{color:var(--faint)}.frames{overflow-x:auto}.frames img{display:block;max-width:none;border-radius:3px}
.frames td{padding:2px}.frames th{position:sticky;left:0;background:var(--ground);padding-right:1rem;color:var(--faint)}
svg{max-width:100%;height:auto;border-radius:6px}code{overflow-wrap:anywhere}`;

function numbers(rows: readonly EvalRow[]): string {
  const lines = rows.map(({ group, name, value, beside, better }, i) => {
    const head =
      group === rows[i - 1]?.group
        ? ""
        : `<tr><th colspan="4" scope="rowgroup"><h2>${escaped(group)}</h2></th></tr>`;
    const cells = [name, value].map((text) => `<td>${escaped(text)}</td>`).join("");
    const faint = [beside, better && `${better} is better`].map(
      (text) => `<td class="faint">${escaped(text)}</td>`,
    );
    return `${head}<tr>${cells}${faint.join("")}</tr>`;
  });
  return `<table class="numbers">${lines.join("\n")}</table>`;
}

/** What a page is made of. */
interface Page {
  readonly request: EvalRequest;
  readonly evaluation: Evaluation;
  readonly rows: readonly EvalRow[];
  readonly notes: readonly Text[];
  readonly inputs: EvalInputs;
}

async function pageOf({ request, evaluation, rows, notes, inputs }: Page): Promise<string> {
  const { source, edited, truth } = inputs;
  const shown = spread(edited.length, SHOWN);
  const differences = edited.map((frame, f) => (shown.includes(f) ? heatOf(source[f]!, frame) : frame));
  const strips = [
    await strip("source", source, shown),
    await strip("edit", edited, shown),
    await strip("difference", differences, shown),
    ...(truth ? [await strip("perfect edit", truth, shown)] : []),
  ];
  const sentences = [
    ["source", request.source],
    ["edit", request.target],
  ].flatMap(([name, text]) =>
    text === undefined ? [] : [`<p><span class="faint">${name}</span> ${escaped(text)}</p>`],
  );
  const { frames, width, height } = evaluation;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(request.edited)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(request.edited)}</h1>
<p class="faint">an edit of <code>${escaped(request.input)}</code>, ${frames} frames of ${width}×${height} pixels; fatezero ${version()}</p>
${sentences.join("\n")}
${numbers(rows)}
${notes.map((note) => `<p class="faint">${escaped(inWords(note))}</p>`).join("\n")}
<h2>frames</h2><div class="frames"><table>${strips.join("\n")}</table></div>
<p class="faint">Difference: the mean of the three channels, violet for none, yellow from ${MOST} of 255 on.</p>
<h2>over time</h2>${plots(inputs)}
</body></html>
`;
}

/** Writes an evaluation as one page that needs nothing else. */
export async function writeReport(path: string, page: Page): Promise<void> {
  await removeLeftovers(path);
  const partial = temporarySibling(path);
  await writeFile(partial, await pageOf(page))
    .then(() => replacePath(partial, path, "file"))
    .catch((cause: unknown) => {
      throw writeFault(path, cause);
    });
}
