/** Makes docs/masks.png, an edit under its automatic mask and under masks by hand: `npx tsx scripts/mask-picture.ts`. */
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { edit, type Frame, type GivenMasks, invert, loadModel, maskFrames, readVideo } from "../src/index.ts";
import { drawSheet, type SheetRow } from "../src/picture/index.ts";

const clips = (path: string): string =>
  fileURLToPath(new URL(`../test/clips/car-road/${path}`, import.meta.url));
const few = { frames: 4, stride: 2 } as const;

const model = await loadModel("tinytown");
const source = await readVideo(clips("source"), few);
const { frames: object } = await readVideo(clips("mask"), few);
const { width, height } = source.frames[0]!;
const inversion = await invert(model, source, { prompt: "a red car on a road under a blue sky" });

/** The right half of the picture, with an edge that is soft over an eighth of it. */
const half: Frame = {
  ...{ width, height },
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const x = (Math.floor(i / 3) % width) / width;
    return Math.round(255 * Math.min(1, Math.max(0, (x - 0.4375) * 8)));
  }),
};

async function rowsOf(label: string, masks: GivenMasks): Promise<SheetRow[]> {
  const options = {
    prompt: "a blue car on a road under a blue sky",
    sourceFrames: source.frames,
    keepMasks: true,
  };
  const result = await edit(model, inversion, { ...options, ...masks });
  return [
    { label, note: "the mask that acts", frames: maskFrames(result.masks!, { width, height }) },
    { label: "", note: "result", frames: result.frames },
  ];
}

const picture = drawSheet({
  rows: [
    { label: "source", note: "a red car", frames: source.frames },
    ...(await rowsOf("automatic", {})),
    ...(await rowsOf("mask", { mask: object })),
    ...(await rowsOf("mask, protect", { mask: object, protect: [half] })),
  ],
});
await model.close();
const raw = { width: picture.width, height: picture.height, channels: 3 } as const;
const file = fileURLToPath(new URL("../docs/masks.png", import.meta.url));
await sharp(Uint8Array.from(picture.data), { raw }).png({ palette: true, effort: 10 }).toFile(file);
