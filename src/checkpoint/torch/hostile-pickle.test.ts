import { describe, expect, it } from "vitest";
import {
  bare,
  call,
  dict,
  global,
  type OpcodePart,
  type Opcodes,
  opcodes,
  type Picklable,
  pickle,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  torchZipOf,
  torchZipOfOpcodes,
  tuple,
  view,
} from "../../../test/support/torch-files.ts";
import { torchScratch, weightsOf } from "../../../test/support/torch-refusals.ts";
import { MAX_PICKLE_OPERATIONS, MAX_UNPACKED_BYTES } from "../../limits.ts";
import { readTorchFile } from "./index.node.ts";

const { write, refusal } = torchScratch();

/** Both containers of a value. */
const containers = (value: Picklable) => [torchZip(value), torchLegacy(value)];

const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const uint64 = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer);

describe("pickles that are none", () => {
  it.each<readonly [name: string, parts: readonly OpcodePart[], said: string]>([
    ["an opcode of no protocol", [0xff], "opcode 0xff"],
    ["an opcode of protocol 0", ["I1\n"], "opcode INT (0x49)"],
    ["a persistent id as text", ["P1\n"], "opcode PERSID (0x50)"],
    ["a buffer from elsewhere", [0x97], "opcode NEXT_BUFFER (0x97)"],
    ["a protocol to come", [0x80, 6], "pickle protocol 6"],
    ["nothing in it", [], "takes more than it holds"],
    ["a group that closes twice", ["(tt"], "closes a group"],
    ["a value taken from before a group", ["N(", 0x85], "takes more than it holds"],
    ["a memo that was never written", ["h\x07"], "refers to what it has not said"],
    ["a key without a value", ["}(Nu"], "a key without a value"],
    ["an item of a list", ["]NNs"], "sets an item of what is no dict"],
    ["an item after a tuple", [")Na"], "appends to what is no list"],
    ["a name that is a number", ["NN", 0x93], "a name that is no text"],
    ["a call of a dict", ["})R"], "calls what is no function"],
    ["arguments that are no tuple", [global("torch", "Size").opcodes, "NR"], "calls what is no function"],
    ["an object of a list", ["])", 0x81], "makes an object of what is no class"],
    ["a text that is not UTF-8", ["X", uint32(2), Buffer.of(0xc3, 0x28)], "not UTF-8"],
    [
      "a parameter of nothing",
      [global("torch._utils", "_rebuild_parameter").opcodes, ")R"],
      "a parameter is no tensor",
    ],
    [
      "a tensor of nothing",
      [global("torch._utils", "_rebuild_tensor").opcodes, ")R"],
      "a tensor has no storage",
    ],
    ["an id that is no tuple", ["NQ"], "persistent id"],
    ["an id of no storage", [")Q"], "names no storage"],
    ["a cut in the middle", ["X", uint32(100)], "data.pkl is cut off"],
    ["a name without an end", ["ctorch"], "data.pkl is cut off"],
  ])("are refused: %s", async (_, parts, said) => {
    expect((await refusal(torchZipOfOpcodes(...parts))).message).toContain(said);
  });

  it.each<readonly [name: string, parts: readonly OpcodePart[], said: string]>([
    ["a text of 2^60 bytes", [0x8d, uint64(2n ** 60n)], "claims a value of 1152921504606847000 bytes"],
    ["bytes of 2^63 bytes", [0x8e, uint64(2n ** 63n)], "claims a value of 9223372036854776000 bytes"],
    ["a byte array of 2^40 bytes", [0x96, uint64(2n ** 40n)], "claims a value of 1099511627776 bytes"],
    ["a number of 2^31 - 1 bytes", [0x8b, uint32(2 ** 31 - 1)], "claims a value of 2147483647 bytes"],
    ["a number of -1 bytes", [0x8b, uint32(2 ** 32 - 1)], "claims a value of -1 bytes"],
    ["an old text of -1 bytes", ["T", uint32(2 ** 32 - 1)], "claims a value of -1 bytes"],
    ["a text of 4 GiB", ["X", uint32(2 ** 32 - 1)], "claims a value of 4294967295 bytes"],
  ])("are refused by their size before memory is taken: %s", async (_, parts, said) => {
    const hostile = opcodes(...parts);
    expect((await refusal(torchZipOfOpcodes(hostile.opcodes))).message).toContain(said);
    expect((await refusal(torchLegacy(hostile))).message).toContain(said);
  });
});

describe("tensors that reach out of their storage", () => {
  const S = storage("float32", [1, 2, 3, 4]);
  it.each<readonly [name: string, value: Picklable, said: string]>([
    ["too many rows", view(S, [3, 2]), "reaches past its storage of 16 bytes"],
    ["an offset", view(S, [4], [1], 1), "reaches past its storage"],
    ["a stride", view(S, [2, 2], [3, 1]), "reaches past its storage"],
    ["a negative offset", view(S, [2], [1], -1), "the offset of a tensor is no whole number"],
    ["a negative stride", view(S, [2], [-1], 1), "a number in the strides of a tensor is no whole number"],
    ["a negative axis", view(S, [-2], [1]), "a number in the shape of a tensor is no whole number"],
    ["half an axis", view(S, [1.5], [1]), "a number in the shape of a tensor is no whole number"],
    ["an axis of 2^70", view(S, [2 ** 70], [1]), "a number in the shape of a tensor is no whole number"],
    ["2^62 elements", view(S, [2 ** 31, 2 ** 31]), "reaches past its storage"],
    ["2^62 elements that are all the first", view(S, [2 ** 31, 2 ** 31], [0, 0]), "reaches past its storage"],
    ["a stride of 2^53 - 1", view(S, [2, 2, 2], [2 ** 53 - 1, 2 ** 53 - 1, 1]), "reaches past its storage"],
    ["fewer strides than axes", view(S, [2, 2], [1]), "more strides than axes, or fewer"],
    ["65 axes", view(S, Array(65).fill(1)), "the shape of a tensor is no list of up to 64 numbers"],
  ])("are refused: %s", async (_, value, said) => {
    for (const bytes of containers(dict({ w: value }))) {
      const error = await refusal(bytes);
      expect(error.code).toBe("torch-corrupt");
      expect(error.message).toContain(said);
    }
  });

  it("cannot do so by changing a shape that was checked", async () => {
    const id = tuple("storage", global("torch", "FloatStorage"), "0", "cpu", 4);
    const list = opcodes("](K\x02eq\0");
    const tensorOfList = call(
      global("torch._utils", "_rebuild_tensor"),
      opcodes(bare(id), "Q"),
      0,
      list,
      tuple(1),
    );
    // The list grows after the tensor was made.
    const grown = opcodes("h\0K\x09a");
    const growing = pickle(dict({ w: tensorOfList, grown }));
    const file = await write(torchZipOf(growing, new Map([["0", S.bytes]])));
    expect(((await readTorchFile(file)) as ReadonlyMap<string, unknown>).get("grown")).toEqual([2, 9]);
    expect((await weightsOf(file)).get("w")).toMatchObject({ shape: [2], location: { length: 8 } });
  });

  it("take no more memory than is given to copies", async () => {
    const bytes = storage("bool", [1]);
    const error = await refusal(torchZip(dict({ w: view(bytes, [MAX_UNPACKED_BYTES], [0]) })));
    expect(error.code).toBe("torch-too-large");
    expect(error.message).toContain("to unpack them takes 1073741825 bytes of memory");
  });
});

describe("storages that are not what the pickle says", () => {
  const typed = (type: Opcodes, ...rest: readonly Picklable[]) => {
    const id = tuple("storage", type, ...rest);
    return torchZipOf(opcodes(0x80, 2, bare(id), "Q.").opcodes, new Map([["0", new Uint8Array(8)]]));
  };
  const FLOAT = global("torch", "FloatStorage");
  it.each<readonly [name: string, bytes: Uint8Array, said: string]>([
    ["more bytes than its entry has", typed(FLOAT, "0", "cpu", 3), "has 8 bytes, its pickle says 12"],
    ["2^62 elements", typed(FLOAT, "0", "cpu", 2n ** 62n), 'the size of the storage "0" is no whole number'],
    ["2^53 - 1 elements", typed(FLOAT, "0", "cpu", 2 ** 53 - 1), 'the storage "0" claims'],
    ["-1 elements", typed(FLOAT, "0", "cpu", -1), "no whole number"],
    ["no entry", typed(FLOAT, "1", "cpu", 2), 'lacks the entry "archive/data/1"'],
    ["a key that leads out", typed(FLOAT, "../../etc/passwd", "cpu", 2), "lacks the entry"],
    ["a key that is a number", typed(FLOAT, 0, "cpu", 2), "names no storage"],
    ["a type that is none", typed(global("torch", "float32"), "0", "cpu", 2), "names no storage"],
    [
      "complex numbers",
      typed(global("torch", "ComplexFloatStorage"), "0", "cpu", 1),
      '"torch.ComplexFloatStorage"',
    ],
    ["quantised numbers", typed(global("torch", "QInt8Storage"), "0", "cpu", 1), '"torch.QInt8Storage"'],
    ["8-bit floats", typed(global("torch", "float8_e4m3fn"), "0", "cpu", 1), '"torch.float8_e4m3fn"'],
  ])("are refused: %s", async (_, bytes, said) => {
    expect((await refusal(bytes)).message).toContain(said);
  });
});

describe("pickles that are small and mean to be large", () => {
  it("may double a list forever: it is never walked", async () => {
    // ((((l, l), …), …)): 2^60 leaves in 60 lines.
    const doubled = Array.from({ length: 60 }, () => opcodes("2", 0x86, 0x94).opcodes);
    const file = await write(
      torchZip(dict({ w: tensor("float32", [1], [1]), bomb: opcodes("]", ...doubled) })),
    );
    expect([...(await weightsOf(file)).keys()]).toEqual(["w"]);
  });

  it("may nest as deep as they like: nothing recurses", async () => {
    const nested = opcodes("]".repeat(200_000), "a".repeat(199_999));
    const file = await write(torchZip(dict({ w: tensor("float32", [1], [1]), nested })));
    expect([...(await weightsOf(file)).keys()]).toEqual(["w"]);
  });

  it("are refused past a number of steps", { timeout: 60_000 }, async () => {
    const error = await refusal(torchZipOfOpcodes(Buffer.alloc(MAX_PICKLE_OPERATIONS + 1, "]")));
    expect(error.code).toBe("torch-too-large");
    expect(error.message).toContain(`more than ${MAX_PICKLE_OPERATIONS} steps`);
  });

  it("are refused past that number where each step would copy much", { timeout: 60_000 }, async () => {
    const entries = new Map(Array.from({ length: 2000 }, (_, i) => [i, i] as const));
    const type = global("torch.nn.modules.container", "ParameterDict").opcodes;
    const state = bare(dict({ _parameters: entries }));
    const bomb = opcodes(
      type,
      "q\x010",
      state,
      "q\x020",
      Buffer.concat(Array(600).fill(Buffer.from("h\x01)\x81h\x02b0", "latin1"))),
    );
    expect((await refusal(torchZipOfOpcodes(bomb.opcodes))).code).toBe("torch-too-large");
  });
});
