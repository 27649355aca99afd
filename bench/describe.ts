/**
 * How often a clip's description is right: describes clips whose sentences are known, and the frames of their perfect edits
 * with theirs.
 *
 *     npm run bench:describe -- [--clips DIR] [--captioner NAME] [NAME…]
 *
 * DIR holds a folder for each clip, with `clip.json` (`prompt`, and `edits` with `id` and `prompt`), `source/` and for each
 * edit `ID/frames/`. Prints, of each, whether every word is right, and which are not.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describe, loadCaptioner, readVideo } from "../src/index.ts";
import { printTable } from "./clip.ts";
import { OWN_CLIPS } from "./truth.ts";

const { values, positionals } = parseArgs({
  options: {
    clips: { type: "string", default: OWN_CLIPS },
    captioner: { type: "string", default: "tinytown" },
  },
  allowPositionals: true,
});

interface Known {
  readonly name: string;
  readonly folder: string;
  readonly sentence: string;
  readonly isSource: boolean;
}

/** Frames of a clip with the sentence that describes them. */
async function knownIn(root: string, clip: string): Promise<Known[]> {
  const text = await readFile(join(root, clip, "clip.json"), "utf8").catch(() => null);
  if (text === null) return [];
  const { prompt, edits = [] } = JSON.parse(text) as {
    readonly prompt: string;
    readonly edits?: readonly { readonly id: string; readonly prompt?: string }[];
  };
  const source = { name: clip, folder: join(root, clip, "source"), sentence: prompt, isSource: true };
  const edited = edits.flatMap(({ id, prompt: sentence }) =>
    sentence === undefined
      ? []
      : [{ name: `${clip}/${id}`, folder: join(root, clip, id, "frames"), sentence, isSource: false }],
  );
  return [source, ...edited];
}

const names = positionals.length > 0 ? positionals : (await readdir(values.clips)).sort();
await using captioner = await loadCaptioner(values.captioner);
const rows: string[][] = [];
const right = { source: 0, edit: 0 };
const all = { source: 0, edit: 0 };
for (const clip of names) {
  for (const { name, folder, sentence, isSource } of await knownIn(values.clips, clip)) {
    const began = performance.now();
    const { caption } = await describe(captioner, await readVideo(folder));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const kind = isSource ? "source" : "edit";
    all[kind]++;
    if (caption === sentence) right[kind]++;
    rows.push([
      name,
      caption === sentence ? "right" : "wrong",
      caption,
      caption === sentence ? "" : sentence,
      seconds,
    ]);
  }
}
printTable([["frames", "", "described as", "is", "seconds"], ...rows]);
process.stdout.write(
  `\nright: ${right.source} of ${all.source} clips, ${right.edit} of ${all.edit} perfect edits\n`,
);
