/** What runs in each runtime: an edit by the package as it is installed, with an aborted job beside it. Prints one line of JSON. */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { edit, invert, loadModel, readVideo, writeVideo } from "fatezero";

const [, , clipFile, out] = process.argv;
const SOURCE = { prompt: "a red car on a road under a blue sky", steps: 4 };
const TARGET = { prompt: "a blue car on a road under a blue sky" };

const model = await loadModel("tinytown");
const clip = await readVideo(clipFile, { frames: 2 });
const inversion = await invert(model, clip, SOURCE);
const abort = new AbortController();
const aborted = edit(model, inversion, { ...TARGET, signal: abort.signal }).then(
  () => "done",
  (error) => error.name,
);
setTimeout(() => abort.abort(), 30);
const job = edit(model, inversion, TARGET);
let steps = 0;
for await (const event of job) if (event.type === "step") steps++;
const { frames } = await job;
await writeVideo(out, frames, { like: clip });
const again = await readVideo(out);
const hash = createHash("sha256");
for (const { data } of frames) hash.update(data);
const bytes = (await readFile(out)).length;
await rm(out);
console.log(
  JSON.stringify({
    frames: again.frames.length,
    steps,
    aborted: await aborted,
    bytes,
    hash: hash.digest("hex"),
  }),
);
// The model is not closed: a program ends all the same.
