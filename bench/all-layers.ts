/**
 * What fusing the layers of more than 1024 positions too (`--fuse-all-layers`, paper Alg. 2 to the letter) does to edits whose
 * perfect results are known, and what it costs: PSNR in dB to the perfect edit in the part that should change and in the part that
 * should stay, and the time of the edit against that of the default.
 *
 *     npm run bench:all-layers -- [--clips DIR] [--size 320] [--steps 20] [--stride 4]
 *
 * tinytown's layers are that large from a side of 264 pixels on; clips are enlarged to --size, and results made smaller again.
 */
import { parseArgs } from "node:util";
import { edit, invert, loadModel, readVideo, resizeFrame } from "../src/index.ts";
import { printTable } from "./clip.ts";
import { groupBy, mean } from "./leave-one-out.ts";
import { OWN_CLIPS, readCases, type Score, scoreFrames } from "./truth.ts";

const { values } = parseArgs({
  options: {
    clips: { type: "string", default: OWN_CLIPS },
    size: { type: "string", default: "320" },
    steps: { type: "string", default: "20" },
    stride: { type: "string", default: "4" },
  },
});
const [size, steps, stride] = [Number(values.size), Number(values.steps), Number(values.stride)];
await using model = await loadModel("tinytown");

interface Compared {
  readonly kind: string;
  readonly layers: Readonly<Record<"auto" | "all", Score & { readonly seconds: number }>>;
}

const compared: Compared[] = [];
for (const ofClip of groupBy(await readCases(values.clips), ({ clip }) => clip)) {
  const { source: folder, prompt } = ofClip[0]!;
  const source = await readVideo(folder, { stride });
  const { width, height } = source.frames[0]!;
  const inversion = await invert(model, source, { prompt, steps, size });
  for (const one of ofClip) {
    const run = async (fuseLayers: "auto" | "all") => {
      const start = performance.now();
      const { frames } = await edit(model, inversion, { prompt: one.target, fuseLayers });
      const seconds = (performance.now() - start) / 1000;
      const small = frames.map((frame) => resizeFrame(frame, width, height));
      return { ...(await scoreFrames(one, source, small, stride)), seconds };
    };
    compared.push({ kind: one.kind, layers: { auto: await run("auto"), all: await run("all") } });
    console.error(`${one.clip} ${one.id}`);
  }
}

const db = (list: readonly Compared[], layers: "auto" | "all", of: "changed" | "kept"): string => {
  const found = list.flatMap((one) => one.layers[layers][of] ?? []);
  return found.length > 0 ? mean(found).toFixed(1) : "";
};
const row = (name: string, list: readonly Compared[]): string[] => [
  ...[name, db(list, "auto", "changed"), db(list, "all", "changed")],
  ...[db(list, "auto", "kept"), db(list, "all", "kept")],
  `${mean(list.map(({ layers }) => layers.all.seconds / layers.auto.seconds)).toFixed(2)}×`,
];
printTable([
  ["kind", "changed part", "with all layers", "kept part", "with all layers", "time"],
  ...groupBy(compared, ({ kind }) => kind).map((list) => row(list[0]!.kind, list)),
  row("all", compared),
]);
