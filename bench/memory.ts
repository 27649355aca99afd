/**
 * What an edit must remember, next to what it would have to remember if it stored attention maps.
 *
 *     npm run bench:memory
 */

import { edit, expectedMemory, invert, type MemoryTerms, stateBytes } from "../src/edit/index.ts";
import { attentionSites } from "../src/model/index.ts";
import { loadModel } from "../src/pipeline/index.node.ts";
import { nullText } from "../src/tune/index.ts";
import { exampleClip, mib, printTable, SOURCE, TARGET } from "./clip.ts";

const FRAMES = 8;
const STEPS = 50;
/** Key frames of the default frame list [0, mid]. */
const KEY_FRAMES = 2;

/** Peak resident memory of this process, in bytes. */
const ownPeak = (): number => process.resourceUsage().maxRSS * 1024;

const model = await loadModel("tinytown");
const clip = await exampleClip(FRAMES);
const inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
const afterInversion = (await model.engine.peakMemory()) + ownPeak();
await edit(model, inversion, { prompt: TARGET });
const afterEdit = (await model.engine.peakMemory()) + ownPeak();
// In a process that has not edited; a few steps take as much as all.
const other = await loadModel("tinytown");
await nullText(other, await invert(other, clip, { prompt: SOURCE, steps: 3 }), { iterations: 3 });
const afterNullText = (await other.engine.peakMemory()) + ownPeak();
await other.close();

// Every map of every layer, step, frame and head, as the paper stores them: post-softmax probabilities.
const side = model.unet.sampleSize;
let elements = 0;
for (const { level, heads } of attentionSites(model.unet)) {
  const positions = (side / 2 ** level) ** 2;
  elements += heads * positions * (KEY_FRAMES * positions + model.tokenizer.maxLength);
}
elements *= STEPS * FRAMES;

const state = stateBytes(inversion);
console.log(
  `tinytown, ${FRAMES} frames of ${clip.frames[0]!.width}×${clip.frames[0]!.height}, ${STEPS} steps\n`,
);
printTable([
  ["", "bytes", "", "of our state"],
  ["state between inversion and edit", String(state), mib(state), "1×"],
  [
    "stored maps, 16 bit (computed from the shapes)",
    String(2 * elements),
    mib(2 * elements),
    `${((2 * elements) / state).toFixed(0)}×`,
  ],
  [
    "stored maps, 32 bit (computed from the shapes)",
    String(4 * elements),
    mib(4 * elements),
    `${((4 * elements) / state).toFixed(0)}×`,
  ],
]);
console.log("");
const { width, height } = clip.frames[0]!;
const terms = { frames: FRAMES, width, height, settings: inversion.settings, steps: STEPS, encodes: true };
const row = (
  name: string,
  measured: number,
  work: Pick<MemoryTerms, "branches" | "nullTextPerFrame">,
): string[] => {
  const expected = expectedMemory(model, { ...terms, ...work });
  return [name, mib(measured), mib(expected), `${(expected / measured).toFixed(2)}×`];
};
printTable([
  [
    "peak resident memory, both processes together",
    "measured",
    "expected before the work",
    "of the measured",
  ],
  row("after the inversion", afterInversion, { branches: null }),
  row("after the edit", afterEdit, { branches: 3 }),
  row("after null-text inversion", afterNullText, { branches: null, nullTextPerFrame: false }),
]);
await model.close();
