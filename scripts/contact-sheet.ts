/**
 * Draws clips below each other, some frames of each, as one PNG.
 *
 *     npx tsx scripts/contact-sheet.ts OUT.png COLUMNS CLIP…
 *
 * A CLIP is a video or a folder of images; all must have frames of one size.
 */
import sharp from "sharp";
import { readVideo } from "../src/index.ts";

const GAP = 4;

const [out, columnsText, ...inputs] = process.argv.slice(2);
const columns = Number(columnsText);
if (!out || !Number.isInteger(columns) || columns < 1 || inputs.length === 0) {
  console.error("Usage: npx tsx scripts/contact-sheet.ts OUT.png COLUMNS CLIP…");
  process.exit(2);
}

const clips = await Promise.all(inputs.map((input) => readVideo(input)));
const { width, height } = clips[0]!.frames[0]!;
const tiles = clips.flatMap(({ frames }, row) =>
  Array.from({ length: columns }, (_, column) => {
    const frame = frames[Math.round((column * (frames.length - 1)) / Math.max(1, columns - 1))]!;
    return {
      input: Buffer.from(frame.data),
      raw: { width, height, channels: 3 as const },
      left: column * (width + GAP),
      top: row * (height + GAP),
    };
  }),
);
await sharp({
  create: {
    width: columns * (width + GAP) - GAP,
    height: clips.length * (height + GAP) - GAP,
    channels: 3,
    background: "white",
  },
})
  .composite(tiles)
  .png({ palette: true, quality: 90 })
  .toFile(out);
