/**
 * Makes examples/car.mp4: every third frame of a folder of images at 24 frames a second, so 8 frames a second.
 * Run: npx tsx scripts/make-example.ts SRC_FOLDER
 */
import { fileURLToPath } from "node:url";
import { readVideo, writeVideo } from "../src/video/index.node.ts";

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: npx tsx scripts/make-example.ts SRC_FOLDER");
  process.exit(2);
}
const output = fileURLToPath(new URL("../examples/car.mp4", import.meta.url));
const clip = await readVideo(folder, { fps: 24, stride: 3 });
await writeVideo(output, clip.frames, { like: clip });
console.log(`${output}: ${clip.frames.length} frames at ${clip.fps} frames a second`);
