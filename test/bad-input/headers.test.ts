/** Whatever bytes a file holds: a FateZeroError or a sound answer, and no memory beyond the file's own size. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { FateZeroError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/files/index.ts";
import { createFolderStore } from "../../src/job/folder-store.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-headers-"));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, "a.safetensors");
const key = `edit-${"0".repeat(40)}`;
const stateFile = join(folder, `${key}.safetensors`);
const store = createFolderStore({ folder, limit: 1e6, version: "1" });

function fileOf(json: string, data: Uint8Array, claimed = Buffer.byteLength(json)): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(claimed));
  return Buffer.concat([prefix, Buffer.from(json), data]);
}

async function holds(bytes: Uint8Array): Promise<void> {
  await writeFile(file, bytes);
  await writeFile(stateFile, bytes);
  const before = process.memoryUsage().arrayBuffers;
  for (const read of [() => readSafetensors(file), () => loadInversion(file), () => store.load(key)]) {
    const result = await read().catch((error: unknown) => {
      if (!(error instanceof FateZeroError)) throw error;
      return null;
    });
    if (result && "tensors" in result) expect(result.tensors).toBeDefined();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20e6);
}

const count = fc.oneof(
  fc.nat(40),
  fc.constantFrom(-1, 0.5, 1e9, 2 ** 53, 1e300, null, "4", "__proto__"),
) as fc.Arbitrary<unknown>;
const dtype = fc.constantFrom(
  "F32",
  "F16",
  "BF16",
  "F64",
  "I64",
  "U8",
  "BOOL",
  "F7",
  "toString",
  "",
  3,
  null,
);
const entry = fc.record(
  {
    dtype,
    shape: fc.oneof(fc.array(count, { maxLength: 4 }), count),
    data_offsets: fc.array(count, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const description = fc.oneof(
  fc.json(),
  fc
    .record({
      version: fc.constantFrom(1, "1", 2),
      prompt: fc.string(),
      ids: fc.array(count, { maxLength: 3 }),
      steps: count,
      step: count,
      fps: count,
      title: fc.string(),
      checksum: fc.string(),
      settings: fc.constantFrom(
        null,
        {},
        { attend: { frames: [0, "mid"], leastChannels: 0 }, groupNorm: "frame", compat: null },
      ),
      model: fc.record({ name: fc.string(), fingerprint: fc.string() }),
      wordMaps: fc.record({ height: count, width: count, tokens: count }),
    })
    .map((value) => JSON.stringify(value)),
);
const header = fc.record({
  __metadata__: fc.oneof(
    fc.record({ fatezero_inversion: description, fatezero_state: description }, { requiredKeys: [] }),
    fc.constantFrom<unknown>(null, [], { a: { toString: 1 } }, { a: [[[]]] }),
  ),
  latents: fc.oneof(entry, fc.jsonValue()),
  word_maps: entry,
});

test("random bytes", () =>
  fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), holds), { numRuns: 150 }));

test("headers of any make", () =>
  fc.assert(
    fc.asyncProperty(header, fc.uint8Array({ maxLength: 200 }), async (value, data) =>
      holds(fileOf(JSON.stringify(value), data)),
    ),
    { numRuns: 500 },
  ));

test("a sound file with a few bytes changed, or cut anywhere", () => {
  const value = {
    __metadata__: { fatezero_inversion: "{}" },
    latents: { dtype: "F32", shape: [2, 1, 1, 1, 2], data_offsets: [0, 16] },
    word_maps: { dtype: "F16", shape: [4], data_offsets: [16, 24] },
  };
  const sound = fileOf(JSON.stringify(value), new Uint8Array(24));
  const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 }));
  return fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.nat(sound.length), async (changes, length) => {
      const bytes = Uint8Array.from(sound);
      for (const [at, byte] of changes) bytes[at] = byte;
      await holds(bytes.subarray(0, length % 3 === 0 ? length : bytes.length));
    }),
    { numRuns: 300 },
  );
});
