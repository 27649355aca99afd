import { readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { readSafetensors } from "../../../src/files/index.ts";
import { loadInversion } from "../../../src/job/inversion-file.ts";
import { showCommand } from "../../../src/job/show.ts";
import { probeVideo, readMetadata, readVideo } from "../../../src/video/index.node.ts";
import { fixture, inRepository } from "../../support/fixtures.ts";
import { Fault, type Kind } from "../harness.ts";
import type { Random } from "../random.ts";

/** Bytes of a file with parts changed, removed, repeated, or cut off. */
function damaged(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0; times--) {
    // Heads are where programs trip.
    const at = random.below(random.next() < 0.6 ? Math.min(result.length, 4096) : result.length);
    const length = 1 + random.below(64);
    switch (random.below(6)) {
      case 0:
        result[at] = random.below(256);
        break;
      case 1:
        result.fill(random.pick([0, 0xff, 0x7f]), at, Math.min(result.length, at + 1 + random.below(8)));
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 3:
        result = Buffer.concat([
          result.subarray(0, at),
          result.subarray(at, at + length),
          result.subarray(at),
        ]);
        break;
      case 4:
        result = result.subarray(0, Math.max(1, at));
        break;
      default:
        result = Buffer.concat([result.subarray(0, at), Buffer.from(random.text(8)), result.subarray(at)]);
    }
  }
  return result;
}

const listed = (folder: string, extensions: readonly string[]): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => extensions.includes(extname(name)))
    .map((name) => join(folder, name))
    .sort();

const CLIPS = [
  inRepository("examples/car.mp4"),
  ...listed(fixture("video"), [
    ".mp4",
    ".mov",
    ".mkv",
    ".webm",
    ".ts",
    ".gif",
    ".webp",
    ".png",
    ".jpg",
    ".apng",
  ]),
];

async function readAll(file: string): Promise<void> {
  await probeVideo(file);
  const { frames } = await readVideo(file, { frames: 4 });
  const [first] = frames;
  if (!first) throw new Fault("a clip without frames");
  for (const { width, height, data } of frames)
    if (width !== first.width || height !== first.height || data.length !== width * height * 3)
      throw new Fault("frames that are none");
  await readMetadata(file);
}

/** Video files and pictures whose bytes are damaged. */
export const CLIP_BYTES: Kind = {
  name: "clips",
  async run(random, folder) {
    const source = random.pick(CLIPS);
    const file = join(folder, `clip${extname(source)}`);
    await writeFile(file, damaged(await readFile(source), random));
    try {
      await readAll(file);
    } finally {
      await rm(file, { force: true });
    }
    return source;
  },
};

const TENSORS = [fixture("inversions/tinytown-1.safetensors"), fixture("checkpoints/lora-peft.safetensors")];
const OLD = TENSORS[0]!;
/** Values that headers should not have. */
const VALUES: readonly unknown[] = [
  ...[
    -1,
    0,
    1.5,
    1e9,
    1e308,
    null,
    true,
    "",
    "toString",
    "__proto__",
    [],
    {},
    [[]],
    [1e9],
    ["first"],
    [-1e9],
  ],
  "x".repeat(100_000),
  Array.from({ length: 5000 }, (_, i) => i),
];

/** A key of a record, or of one inside it, set to something else. */
function mutated(value: unknown, random: Random, depth = 0): unknown {
  if (typeof value !== "object" || value === null || (depth > 0 && random.next() < 0.3))
    return random.pick(VALUES);
  const entries = Object.entries(value);
  if (entries.length === 0) return random.pick(VALUES);
  const [key] = random.pick(entries);
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === key ? mutated(item, random, depth + 1) : item));
  return Object.fromEntries(
    entries.map(([k, item]) => [k, k === key ? mutated(item, random, depth + 1) : item]),
  );
}

/** Saved inversions whose bytes are damaged, or whose headers say something else. */
export const INVERSIONS: Kind = {
  name: "inversions",
  async run(random, folder) {
    const file = join(folder, "inversion.safetensors");
    const bytes = await readFile(random.pick(TENSORS));
    if (random.next() < 0.4) await writeFile(file, damaged(bytes, random));
    else {
      const end = 8 + Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.subarray(8, end).toString()) as Record<string, Record<string, string>>;
      const described = header.__metadata__?.fatezero_inversion;
      if (described !== undefined && random.next() < 0.7)
        header.__metadata__!.fatezero_inversion = JSON.stringify(mutated(JSON.parse(described), random));
      const json = Buffer.from(JSON.stringify(described === undefined ? mutated(header, random) : header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      await writeFile(file, Buffer.concat([length, json, bytes.subarray(end)]));
    }
    const read = random.pick([loadInversion, readSafetensors, showCommand]);
    await read(file);
    return OLD;
  },
};
