/**
 * Draws clips below each other, some frames of each, as one PNG.
 *
 *     npx tsx scripts/contact-sheet.ts OUT.png COLUMNS [LABEL=]CLIP…
 *
 * A CLIP is a video or a folder of images. Without a label it has the name of its path.
 */
import { basename } from "node:path";
import { drawSheet } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { readVideo, writeVideo } from "../src/video/index.node.ts";

const [out, columnsText, ...inputs] = process.argv.slice(2);
const columns = Number(columnsText);
if (!out || !Number.isInteger(columns) || columns < 1 || inputs.length === 0) {
  console.error("Usage: npx tsx scripts/contact-sheet.ts OUT.png COLUMNS [LABEL=]CLIP…");
  process.exit(2);
}

const rows = await Promise.all(
  inputs.map(async (input) => {
    const [, label, path] = /^(?:([^=]*)=)?(.*)$/s.exec(input)!;
    const { frames } = await readVideo(path!);
    return {
      label: label ?? basename(path!),
      frames: spread(frames.length, columns).map((f) => frames[f]!),
    };
  }),
);
await writeVideo(out, [drawSheet({ rows })], { fps: 1 });
