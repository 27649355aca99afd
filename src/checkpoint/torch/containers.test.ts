import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  call,
  dict,
  global,
  opcodes,
  type Picklable,
  pickle,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  tuple,
  view,
  type ZipOptions,
} from "../../../test/support/torch-files.ts";
import { torchScratch, weightsOf } from "../../../test/support/torch-refusals.ts";
import { type EntryToWrite, zipOf } from "../../../test/support/zip-files.ts";
import { MAX_PICKLE_BYTES } from "../../limits.ts";
import { bytesOfWeight } from "../read-weight.ts";

const { write, refusal } = torchScratch();

const W = dict({ w: tensor("float32", [64], Array(64).fill(1)), v: tensor("int8", [3], [1, 2, 3]) });
const ENTRIES = [
  "archive/data.pkl",
  "archive/byteorder",
  "archive/data/0",
  "archive/data/1",
  "archive/version",
];

/** An archive in which the entry of that name is another. */
function changed(name: string, changes: Partial<EntryToWrite>, options: ZipOptions = {}): Uint8Array {
  const change = (entries: EntryToWrite[]) =>
    entries.map((entry) => (entry.name === `archive/${name}` ? { ...entry, ...changes } : entry));
  return torchZip(W, { ...options, change });
}

function added(...more: readonly EntryToWrite[]): Uint8Array {
  return torchZip(W, { change: (entries) => [...entries, ...more] });
}

const EMPTY = { content: new Uint8Array(0) };
const ONES = new Uint8Array(Float32Array.from(Array(64).fill(1)).buffer);

describe("zip archives", () => {
  it("are written here as PyTorch does: this one is read", async () => {
    const names: string[] = [];
    const bytes = torchZip(W, {
      change: (entries) => {
        names.push(...entries.map(({ name }) => name));
        return entries;
      },
    });
    expect(names).toEqual(ENTRIES);
    expect([...(await weightsOf(await write(bytes))).keys()]).toEqual(["w", "v"]);
  });

  it.each<readonly [name: string, bytes: Uint8Array, said: string]>([
    ["a name that leads out", added({ name: "../../evil", ...EMPTY }), "invalid relative path: ../../evil"],
    [
      "a name that leads out by backslashes",
      added({ name: "a\\..\\..\\evil", ...EMPTY }),
      "invalid relative path",
    ],
    ["an absolute name", added({ name: "/etc/passwd", ...EMPTY }), "absolute path: /etc/passwd"],
    [
      "a name for terminals",
      added({ name: "/\u001b[2J\u009b2J", flags: 0x800, ...EMPTY }),
      "absolute path: /\ufffd[2J\ufffd2J",
    ],
    ["a drive's name", added({ name: "C:/evil", ...EMPTY }), "absolute path: C:/evil"],
    ["the same name twice", added({ name: "archive/data/0", ...EMPTY }), 'two entries "archive/data/0"'],
    ["two pickles", added({ name: "other/data.pkl", ...EMPTY }), "more than one data.pkl"],
    ["no pickle", zipOf([{ name: "image.png", ...EMPTY }]), "without a data.pkl"],
    ["a program", added({ name: "archive/constants.pkl", ...EMPTY }), "is a TorchScript program"],
    [
      "an encrypted entry",
      changed("data/0", { flags: 1, packedBytes: 268 }),
      'encrypted entry "archive/data/0"',
    ],
    ["strong encryption", changed("data/0", { flags: 0x40 }), "strong encryption"],
    ["an unknown compression", changed("data/0", { method: 93 }), "in compression method 93"],
    ["an entry over another", changed("data/1", { headerOf: 2 }), "overlaps"],
    [
      "an entry past the end",
      changed("data/0", { bytes: 1e6, packedBytes: 1e6 }),
      "file data overflows file bounds",
    ],
    ["two sizes of a stored entry", changed("data/0", { bytes: 1000 }), "size mismatch for stored file"],
    [
      "an entry that is too short",
      changed("data/0", { content: ONES.subarray(4), bytes: 252 }),
      "has 252 bytes, its pickle says 256",
    ],
    [
      "a missing entry",
      torchZip(W, { change: (e) => e.filter(({ name }) => !name.endsWith("/0")) }),
      "lacks the entry",
    ],
    ["big-endian numbers", torchZip(W, { byteOrder: "big" }), 'byte order "big"'],
    [
      "a byte order that is none",
      torchZip(W, { byteOrder: "little\u001b[2Jendian" }),
      'byte order "little\\u001b',
    ],
    ["a huge byte order", torchZip(W, { byteOrder: "x".repeat(100_000) }), 'byte order "xxx'],
  ])("are refused with %s", async (_, bytes, said) => {
    expect((await refusal(bytes)).message).toContain(said);
  });

  it("are refused with a pickle that claims to be large", async () => {
    const error = await refusal(changed("data.pkl", { bytes: MAX_PICKLE_BYTES + 1, method: 8 }));
    expect(error.code).toBe("torch-too-large");
    expect(error.message).toContain('67108865 bytes in "archive/data.pkl"');
  });
});

describe("compressed entries", () => {
  const bomb = deflateRawSync(new Uint8Array(2 ** 26));
  it.each<readonly [name: string, changes: Partial<EntryToWrite>, said: string]>([
    [
      "that claim more than the pickle says",
      { content: bomb, bytes: 2 ** 26 },
      "has 67108864 bytes, its pickle says 256",
    ],
    ["that give more than they claim", { content: bomb, bytes: 256 }, "unpacks to more than the 256 bytes"],
    [
      "that give less",
      { content: deflateRawSync(ONES.subarray(8)), bytes: 256 },
      "unpacks to 248 bytes, not to 256",
    ],
    ["that claim less", { content: deflateRawSync(ONES), bytes: 252 }, "has 252 bytes, its pickle says 256"],
    [
      "that are damaged",
      { content: Buffer.alloc(40, 0xff), bytes: 256 },
      "a compressed part of it is damaged",
    ],
    [
      "that are cut",
      { content: deflateRawSync(ONES).subarray(0, 3), bytes: 256 },
      "a compressed part of it is damaged",
    ],
  ])("are refused: those %s", async (_, changes, said) => {
    expect((await refusal(changed("data/0", { ...changes, method: 8 }))).message).toContain(said);
  });

  it("are refused where the pickle itself is a bomb", async () => {
    const error = await refusal(changed("data.pkl", { content: bomb, bytes: 1000, method: 8 }));
    expect(error.message).toContain("unpacks to more than the 1000 bytes");
  });

  it("are unpacked only as far as a tensor reaches", async () => {
    const large = storage(
      "float32",
      Array.from({ length: 50_000 }, (_, i) => i),
    );
    // What comes after the first quarter is no longer deflate.
    const packed = deflateRawSync(large.bytes, { level: 0 });
    packed.fill(0xff, packed.length / 2);
    const change = (entries: EntryToWrite[]) =>
      entries.map((entry) => (entry.name.endsWith("/data/0") ? { ...entry, content: packed } : entry));
    const file = await write(torchZip(dict({ w: view(large, [2], [1], 100) }), { deflate: true, change }));
    const weight = (await weightsOf(file)).get("w")!;
    expect(await bytesOfWeight(weight)).toEqual(large.bytes.slice(400, 408));
  });
});

describe("files of PyTorch before 1.6", () => {
  const raw = (id: Picklable, keys: Picklable = ["0"], body: Uint8Array = new Uint8Array(24)) =>
    Buffer.concat([
      opcodes(0x80, 2, 0x8a, 10, Buffer.from("6cfc9c46f9206aa85019", "hex"), ".").opcodes,
      pickle(1001),
      pickle(dict({ little_endian: true })),
      pickle(dict({ w: call(global("torch._utils", "_rebuild_tensor"), id, 0, tuple(2), tuple(1)) })),
      pickle(keys),
      body,
    ]);
  const persistent = (...items: readonly Picklable[]) =>
    opcodes(pickle(tuple(...items)).subarray(2, -1), "Q");
  const FLOAT = global("torch", "FloatStorage");
  const four = (...rest: readonly Picklable[]) => persistent("storage", FLOAT, "0", "cpu", 4, ...rest);
  const body = Buffer.concat([
    Buffer.from(BigInt64Array.of(4n).buffer),
    Buffer.from(Float32Array.of(1, 2, 3, 4).buffer),
  ]);

  it("may hold parts of storages", async () => {
    const part = four(tuple("part", 1, 2));
    const weight = (await weightsOf(await write(raw(part, ["0"], body)))).get("w")!;
    expect(new Float32Array((await bytesOfWeight(weight)).slice().buffer)).toEqual(Float32Array.of(2, 3));
  });

  it.each<readonly [name: string, bytes: Uint8Array, said: string]>([
    ["big-endian numbers", torchLegacy(W, { littleEndian: false }), 'byte order "big"'],
    ["another version", torchLegacy(W, { version: 1000 }), "PyTorch's file version 1000"],
    [
      "a storage of 2^62 elements",
      torchLegacy(W, { elements: 2n ** 62n }),
      "has 4611686018427387904 elements",
    ],
    ["a storage of -1 elements", torchLegacy(W, { elements: -1n }), "has -1 elements, its pickle says 64"],
    ["fewer storages than it has", raw(four(null), []), "its list of storages is not that of its tensors"],
    ["a storage twice", raw(four(null), ["0", "0"]), "its list of storages"],
    ["another storage", raw(four(null), ["1"]), "its list of storages"],
    ["no list of storages", raw(four(null), dict({})), "its list of storages"],
    [
      "a part that reaches past its storage",
      raw(four(tuple("p", 3, 2))),
      'a part of the storage "0" reaches past it',
    ],
    [
      "a tensor that reaches past its part",
      raw(four(tuple("p", 3, 1))),
      "reaches past its storage of 4 bytes",
    ],
    ["bytes that are cut off", raw(four(null), ["0"], body.subarray(0, 20)), "it is cut off"],
    ["no bytes", raw(four(null), ["0"], new Uint8Array(0)), "it is cut off"],
    ["a cut in its pickles", torchLegacy(W).subarray(0, 100), "it is cut off"],
    ["a class", raw(persistent("module", global("os", "system"), "file", "source")), '"os.system"'],
    ["something else by id", raw(persistent("module", 1)), "names no storage"],
  ])("are refused with %s", async (_, bytes, said) => {
    expect((await refusal(bytes)).message).toContain(said);
  });

  it("are read when their pickles are longer than the first look at them", async () => {
    const text = "x".repeat(2 ** 19);
    const value = dict({ text, w: tensor("float32", [2], [5, 6]) });
    const weight = (await weightsOf(await write(torchLegacy(value)))).get("w")!;
    expect(new Float32Array((await bytesOfWeight(weight)).slice().buffer)).toEqual(Float32Array.of(5, 6));
  });
});

describe("files that are none of PyTorch", () => {
  const tar = Buffer.alloc(1024);
  tar.write("sys_info", 0);
  tar.write("ustar", 257);
  it.each<readonly [name: string, bytes: Uint8Array, said: string]>([
    ["an empty one", new Uint8Array(0), "it begins neither as"],
    ["a page of a web site", Buffer.from("<!DOCTYPE html>"), "it begins neither as"],
    [
      "a pointer of Git LFS",
      Buffer.from("version https://git-lfs.github.com/spec/v1\n"),
      "it begins neither as",
    ],
    ["a pickle of something else", pickle(dict({})), "it begins neither as"],
    ["a tar archive", tar, "is a tar archive of PyTorch before 0.1.10"],
    ["the beginning of an archive", torchZip(W).subarray(0, 100), "End of central directory record"],
    ["an archive without its end", torchZip(W).subarray(0, -10), "End of central directory record"],
  ])("are refused: %s", async (_, bytes, said) => {
    expect((await refusal(bytes)).message).toContain(said);
  });
});
