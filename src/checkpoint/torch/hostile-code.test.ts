import { describe, expect, it } from "vitest";
import {
  bare,
  call,
  dict,
  global,
  instance,
  type Opcodes,
  opcodes,
  type Picklable,
  tensor,
  torchLegacy,
  torchZip,
  torchZipOfOpcodes,
} from "../../../test/support/torch-files.ts";
import { torchScratch } from "../../../test/support/torch-refusals.ts";
import { readTorchFile } from "./index.node.ts";

const { path, write, refusal } = torchScratch();

/** Both containers of a value. */
const containers = (value: Picklable) => [torchZip(value), torchLegacy(value)];

const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);

/** What an attack would run. `refusal` sees to it that it did not. */
const touch = () => `touch ${path()}.was-here`;

describe("names of Python that are on no list", () => {
  it.each([
    "os.system",
    "posix.system",
    "nt.system",
    "subprocess.Popen",
    "subprocess.check_output",
    "builtins.eval",
    "builtins.exec",
    "__builtin__.eval",
    "builtins.getattr",
    "builtins.open",
    "builtins.__import__",
    "operator.attrgetter",
    "functools.partial",
    "importlib.import_module",
    "runpy.run_path",
    "pickle.loads",
    "torch.load",
    "torch.hub.load",
    "torch.jit.unsupported_tensor_ops.execWrapper",
    "numpy.load",
    "webbrowser.open",
    "ldm.models.diffusion.ddpm.LatentDiffusion",
    "constructor.prototype",
    "torch.__proto__",
  ])("are refused: %s", async (name) => {
    const at = name.lastIndexOf(".");
    const callee = global(name.slice(0, at), name.slice(at + 1));
    for (const bytes of containers(dict({ w: tensor("float32", [1], [1]), x: call(callee, touch()) }))) {
      const error = await refusal(bytes);
      expect(error.code).toBe("torch-unsafe");
      expect(error.message).toContain(`names the Python object "${name}"`);
      expect(error.message).toContain("Nothing in it was run");
      expect(error.remedy).toContain(".safetensors");
    }
  });

  it("are refused where nothing calls them, and where they are no use to anyone", async () => {
    const error = await refusal(
      torchZip(dict({ epoch: global("os", "system"), w: tensor("float32", [1], [1]) })),
    );
    expect(error.message).toContain('"os.system"');
    expect((await refusal(torchZipOfOpcodes("cos\nsystem\n0N"))).code).toBe("torch-unsafe");
  });

  it("are shown without their control characters, and not longer than a line", async () => {
    const error = await refusal(torchZipOfOpcodes(global("os\u001b[2J", "x".repeat(5000)).opcodes));
    expect(error.message).toContain("os\\u001b[2J.xxx");
    expect(error.message.length).toBeLessThan(700);
  });
});

describe("other ways to run code", () => {
  const FUNCTION = global("torch._utils", "_rebuild_tensor_v2");
  it.each<readonly [name: string, value: () => Opcodes | Picklable, said: string]>([
    ["STACK_GLOBAL", () => opcodes(bare("os"), bare("system"), 0x93), '"os.system"'],
    [
      "STACK_GLOBAL with a name in parts",
      () => opcodes(bare("torch"), bare("storage.os.system"), 0x93),
      '"torch.storage.os.system"',
    ],
    [
      "STACK_GLOBAL by way of the memo",
      () => opcodes(bare("os"), 0x94, bare("system"), 0x94, "00h\0h\x01", 0x93),
      '"os.system"',
    ],
    ["INST", () => opcodes("(", bare(touch()), "ios\nsystem\n"), '"os.system" (pickle opcode INST)'],
    ["INST of a name on the list", () => opcodes("(itorch\nFloatStorage\n"), "pickle opcode INST"],
    ["OBJ", () => opcodes("(", FUNCTION.opcodes, bare(touch()), "o"), "pickle opcode OBJ"],
    ["NEWOBJ", () => instance(global("os", "_wrap_close"), dict({})), '"os._wrap_close"'],
    ["NEWOBJ of a function", () => instance(FUNCTION, dict({})), 'makes an object of "torch._utils._rebuild'],
    ["NEWOBJ of a storage", () => instance(global("torch", "FloatStorage"), dict({})), "makes an object of"],
    ["NEWOBJ_EX", () => opcodes(FUNCTION.opcodes, ")}", 0x92), "pickle opcode NEWOBJ_EX"],
    ["EXT1", () => opcodes(0x82, 1), "pickle opcode EXT1"],
    ["EXT4", () => opcodes(0x84, uint32(1)), "pickle opcode EXT4"],
    ["a call of a class", () => call(global("torch", "FloatStorage"), touch()), 'calls "torch.FloatStorage"'],
    ["a call of a type", () => call(global("torch", "float32"), touch()), 'calls "torch.float32"'],
    ["BUILD of a list", () => opcodes("]}b"), "sets the state of what is no dict"],
    ["BUILD of a function", () => opcodes(FUNCTION.opcodes, "}b"), "sets the state of what is no dict"],
  ])("are refused: %s", async (_, value, said) => {
    for (const bytes of containers(dict({ x: value(), w: tensor("float32", [1], [1]) }))) {
      const error = await refusal(bytes);
      expect(error.code).toBe("torch-unsafe");
      expect(error.message).toContain(said);
    }
  });

  it("have no effect on dicts: a state is passed over, __proto__ and __setstate__ are keys", async () => {
    const state = dict({ __setstate__: global("torch", "Size"), __proto__: 1, _metadata: dict({}) });
    const target = opcodes("}", bare(state), "b");
    const file = await write(torchZip(dict({ target, __proto__: dict({ polluted: true }) })));
    const value = (await readTorchFile(file)) as ReadonlyMap<string, unknown>;
    expect(value.get("target")).toEqual(new Map());
    expect(value.has("__proto__")).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
