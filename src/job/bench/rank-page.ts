import { readFileSync } from "node:fs";
import { FateZeroError } from "../../errors.ts";
import { count, formatBytes } from "../../quantity.ts";
import { encodeWebp, probeVideo, readVideo } from "../../video/index.node.ts";
import { dataUri, escaped, PAGE_STYLE } from "../page.ts";
import { type BlindCell, letterOf } from "./blind.ts";

const ASSETS = new URL("../../../assets/rank/", import.meta.url);

/** Pixels up to which the pictures of a page are lossless: some 40 MB. More are WebP of this quality, a tenth of it. */
const LOSSLESS_PIXELS = 2 ** 24;
const QUALITY = 95;
/** Letters that a page may have: no text in Node or a browser has more than 2^29. */
const MOST_LETTERS = 400e6;

/** A page as it will be written. */
export interface RankPage {
  readonly html: string;
  readonly lossless: boolean;
}

/** The page's program: both files as one, which needs no other. */
function program(): string {
  const part = (name: string): string => readFileSync(new URL(name, ASSETS), "utf8");
  return [part("ranking.js").replace(/^export /gm, ""), part("page.js").replace(/^import .*$/m, "")].join(
    "\n",
  );
}

/** Text of JSON as it may stand in a script element. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

/** Pixels of all that is shown, by the headers of the first pictures. */
async function pixelsOf(blind: readonly BlindCell[]): Promise<number> {
  let pixels = 0;
  for (const { cell } of blind) {
    for (const folder of [cell.sourceFrames, ...Object.values(cell.results)]) {
      const { width, height, frameCount } = await probeVideo(folder);
      pixels += width * height * frameCount;
    }
  }
  return pixels;
}

/** What one cell shows: its sentences, and pictures that hold nothing but pixels. */
async function shownCell({ cell, order }: BlindCell, lossless: boolean, signal: AbortSignal) {
  const clip = async (folder: string): Promise<readonly string[]> => {
    const uris: string[] = [];
    for (const frame of (await readVideo(folder, { signal })).frames)
      uris.push(
        lossless
          ? await dataUri(frame)
          : `data:image/webp;base64,${Buffer.from(await encodeWebp(frame, QUALITY)).toString("base64")}`,
      );
    return uris;
  };
  const { source, target, sourceFrames, results } = cell;
  const shown = [];
  for (const [place, method] of order.entries())
    shown.push({ letter: letterOf(place), frames: await clip(results[method]!) });
  return { source, target, frames: await clip(sourceFrames), results: shown };
}

/**
 * The page on which people rank the results of each cell without knowing whose they are. It holds all that it needs; which
 * method a letter stands for is not in it.
 *
 * @throws FateZeroError `bench-table` where no browser could open it, and what reading frames throws
 */
export async function rankPage(
  id: string,
  blind: readonly BlindCell[],
  signal: AbortSignal,
): Promise<RankPage> {
  const lossless = (await pixelsOf(blind)) <= LOSSLESS_PIXELS;
  const cells: string[] = [];
  let letters = 0;
  for (const each of blind) {
    const json = inScript(await shownCell(each, lossless, signal));
    letters += json.length;
    if (letters > MOST_LETTERS)
      throw new FateZeroError(
        "bench-table",
        `The page would be larger than ${formatBytes(MOST_LETTERS)}, which browsers do not open.`,
        "Take fewer or smaller clips into the table.",
      );
    cells.push(json);
  }
  const data = `{"page":${inScript(id)},"cells":[${cells.join(",\n")}]}`;
  return { html: pageOf(blind.length, lossless, data), lossless };
}

const pageOf = (cells: number, lossless: boolean, data: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Rank the edits</title><style>${PAGE_STYLE}
${readFileSync(new URL("rank.css", ASSETS), "utf8")}</style></head><body>
<h1>Rank the edits</h1>
<p>A video was edited by several methods, so that it shows another sentence. For each of ${escaped(count(cells, "edit"))} rank the results from
best to worst, three times: how well the edit was made, how good the pictures are, and how steady they are. Press the letters in that order,
or type them while a question has the focus; a second press takes a place back, and Backspace the last one. The letters stand for other methods in each edit.</p>
<p class="faint">Your answers stay in this browser until you download them at the end.${lossless ? "" : " Pictures are compressed a little (WebP)."}</p>
<noscript><p>This page needs JavaScript.</p></noscript>
<p id="unkept" hidden>This browser keeps nothing for this page: finish before you close it.</p>
<progress id="progress" aria-label="edits ranked"></progress>
<h2 id="place" tabindex="-1"></h2>
<main id="cell"></main>
<section id="end" hidden>
<p>Thank you. Download your answers, and hand the file to whoever asked you.</p>
<nav><button type="button" id="download" class="main">Download the answers</button>
<button type="button" id="anew">Another person answers</button></nav>
<p id="told" role="status"></p>
</section>
<nav><button type="button" id="back">Back</button><button type="button" id="next" class="main">Next</button></nav>
<div id="player"><button type="button" id="play"></button><button type="button" id="earlier" aria-label="earlier picture">◀</button>
<button type="button" id="later" aria-label="later picture">▶</button><span id="frame" class="faint"></span></div>
<script type="application/json" id="data">${data}</script>
<script type="module">
${program()}
</script></body></html>
`;
