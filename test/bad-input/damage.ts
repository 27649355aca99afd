import { cp, readFile, writeFile } from "node:fs/promises";
import { inRepository } from "../support/fixtures.ts";

export type JsonRecord = Record<string, unknown>;

/** Rewrites the header of a .safetensors file; `length` is what the file then claims of it. */
export async function rewriteHeader(
  file: string,
  change: (header: Record<string, JsonRecord>) => unknown,
  length?: (real: number) => bigint,
): Promise<void> {
  const bytes = await readFile(file);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, end).toString()) as Record<string, JsonRecord>;
  const json = Buffer.from(JSON.stringify(change(header) ?? header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length?.(json.length) ?? BigInt(json.length));
  await writeFile(file, Buffer.concat([prefix, json, bytes.subarray(end)]));
}

export async function rewriteJson(file: string, change: (value: JsonRecord) => JsonRecord): Promise<void> {
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")) as JsonRecord)));
}

/** Ways to break a .safetensors file, and what is to be said of it. */
export const DAMAGES: readonly (readonly [
  name: string,
  said: string,
  damage: (file: string) => Promise<void>,
])[] = [
  ["is cut off", "cut off", async (file) => writeFile(file, (await readFile(file)).subarray(0, -1000))],
  ["is empty", "only 0 bytes", (file) => writeFile(file, "")],
  ["is no such file", "header claims", (file) => writeFile(file, "PK this is something else altogether")],
  [
    "lies about its header",
    "header claims",
    (file) =>
      rewriteHeader(
        file,
        () => undefined,
        () => 1n << 40n,
      ),
  ],
  [
    "ends its header early",
    "not JSON",
    (file) =>
      rewriteHeader(
        file,
        () => undefined,
        (real) => BigInt(real - 9),
      ),
  ],
  [
    "has an unknown type",
    'unknown type "F7"',
    (file) =>
      rewriteHeader(file, (header) => {
        firstOf(header).dtype = "F7";
      }),
  ],
  [
    "has overlapping tensors",
    "overlaps",
    (file) =>
      rewriteHeader(file, (header) => {
        header.twin = { ...firstOf(header) };
      }),
  ],
  [
    "has offsets past its end",
    "past the end",
    (file) =>
      rewriteHeader(file, (header) => {
        const first = firstOf(header);
        const [from, to] = first.data_offsets as [number, number];
        first.data_offsets = [from + 1e12, to + 1e12];
      }),
  ],
  [
    "has a shape that does not fit",
    "its offsets hold",
    (file) =>
      rewriteHeader(file, (header) => {
        firstOf(header).shape = [1e9, 1e9];
      }),
  ],
];

function firstOf(header: Record<string, JsonRecord>): JsonRecord {
  return Object.entries(header).find(([name]) => name !== "__metadata__")![1];
}

/** A copy of the model that comes with the program. */
export async function copyOfModel(folder: string): Promise<string> {
  await cp(inRepository("models/tinytown"), folder, { recursive: true });
  return folder;
}
