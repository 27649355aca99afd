import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { FieldType } from "../field.ts";
import { codecOf } from "./codecs.ts";

/** A value as an argument gives it. */
function read(type: FieldType, text: string, before?: unknown): unknown {
  const found = codecOf(type).read(text, type, before);
  if ("fault" in found) throw new Error(found.fault);
  return found.value;
}

const refused = (type: FieldType, texts: readonly string[], before?: unknown): void => {
  for (const text of texts)
    expect(codecOf(type).read(text, type, before), `"${text}"`).toHaveProperty("fault");
};

test("whole numbers: in range, written as digits", () => {
  const steps: FieldType = { kind: "number", least: 1, most: 1000, whole: true, unit: "steps" };
  expect(read(steps, "50")).toBe(50);
  expect(read(steps, "1e2")).toBe(100);
  refused(steps, ["", " ", "0", "-1", "1001", "3.5", "NaN", "Infinity", "0x10", "1e9", "fifty", "5 0"]);
  expect(() => read(steps, "x")).toThrow("It must be a whole number of steps, 1 to 1000.");
});

test("decimals: in range, the lower bound itself only where it may be", () => {
  const share: FieldType = { kind: "number", least: 0, most: 1 };
  expect(read(share, "0")).toBe(0);
  expect(read(share, ".3")).toBe(0.3);
  refused(share, ["1.01", "-0.1", "nan", "", "0,3", "1-2"]);
  refused({ kind: "number", least: 0, most: 1000, above: true }, ["0", "-8", "1001"]);
});

test("sentences: not empty, and no option that follows a forgotten one", () => {
  expect(read({ kind: "text" }, "a red car - at night")).toBe("a red car - at night");
  refused({ kind: "text" }, ["", "  ", "-t", "--target"]);
  refused({ kind: "path" }, ["", "-o", "--out"]);
});

test("a choice is one of its own", () => {
  const kind: FieldType = { kind: "choice", choices: ["a", "b"] };
  expect(read(kind, "b")).toBe("b");
  refused(kind, ["", "c", "A"]);
});

test("sizes of memory have a unit, or are gigabytes", () => {
  const memory: FieldType = {
    kind: "number",
    least: 0,
    above: true,
    most: 1000,
    unit: "gigabytes",
    bytes: true,
  };
  expect(["4", "4GB", "4 gb", "800MB", "2GiB", "0.5 TB"].map((text) => read(memory, text))).toEqual([
    4, 4, 4, 0.8, 2.147483648, 500,
  ]);
  refused(memory, ["0", "0MB", "-1GB", "GB", "4 apples", "4B", "", "2000GB"]);
});

describe("shares of the steps", () => {
  const window: FieldType = { kind: "window" };
  const windows: FieldType = { kind: "windows" };

  test("a share, or a range with a dash or a comma", () => {
    expect(read(window, "0.8")).toBe(0.8);
    expect(read(window, "0.1-0.7")).toEqual([0.1, 0.7]);
    expect(read(window, "0.1, 0.7")).toEqual([0.1, 0.7]);
    refused(window, ["1.2", "-0.5", "0.7-0.1", "0,8", "0.1-0.2-0.3", "", "a", "NaN", "0.1-"]);
  });

  test("by word", () => {
    expect(read(windows, "0.7")).toBe(0.7);
    expect(read(windows, "0.1,0.7")).toEqual([0.1, 0.7]);
    expect(read(windows, "default=0.7, golden=0.1-0.4")).toEqual([
      ["default_", 0.7],
      ["golden", [0.1, 0.4]],
    ]);
    refused(windows, ["=0.7", "golden=", "golden=2", "golden=0.1,0.4", "a=0.1,a=0.2", "0.7,a=0.1"]);
  });
});

test("mask words", () => {
  expect(read({ kind: "maskWords" }, "car, road")).toEqual({ source: ["car", "road"] });
  expect(read({ kind: "maskWords" }, "none")).toBe("none");
  refused({ kind: "maskWords" }, ["", "car,", ",car"]);
});

test("amplification adds up over repeated options", () => {
  const factors: FieldType = { kind: "factors" };
  const first = read(factors, "golden=3");
  expect(read(factors, "blue sky=0.5", first)).toEqual([
    ["golden", 3],
    ["blue sky", 0.5],
  ]);
  refused(factors, ["golden=2", "=3", "golden", "car=-1", "car=x", "a=1,b=2"], first);
});

describe("frames to attend to", () => {
  it.each<readonly [string, readonly unknown[]]>([
    ["0,mid", [0, "mid"]],
    [" -1 , first ", [-1, "first"]],
    ["+1,last", [1, "last"]],
    ["none", []],
  ])("reads %j", (text, list) => {
    expect(read({ kind: "frames" }, text)).toEqual(list);
  });
  it.each(["", "0,", "middle", "1.5", "0;mid", "none,0"])("refuses %j and says what is allowed", (text) => {
    expect(() => read({ kind: "frames" }, text)).toThrow(/is no frame.*first, mid, last/);
  });
});

describe("LoRA files", () => {
  it.each([
    ["style.safetensors", "style.safetensors", 1],
    ["style.safetensors:0.8", "style.safetensors", 0.8],
    ["a b/style.safetensors:-1", "a b/style.safetensors", -1],
    ["C:\\style.safetensors", "C:\\style.safetensors", 1],
    ["C:\\style.safetensors:.5", "C:\\style.safetensors", 0.5],
    ["v1:2/style", "v1:2/style", 1],
    ["style: 1e-1", "style", 0.1],
    ["style:", "style:", 1],
  ])("reads %s", (text, path, scale) => {
    expect(read({ kind: "loras" }, text)).toEqual([{ path, scale }]);
  });
  test("adds up, and refuses what names no file", () => {
    expect(read({ kind: "loras" }, "b", [{ path: "a" }])).toEqual([{ path: "a" }, { path: "b", scale: 1 }]);
    refused({ kind: "loras" }, ["", " ", ":0.8", "style:1e999"]);
  });
});

describe("regions", () => {
  it.each([
    ["car:a blue car", "car", undefined, "a blue car"],
    ['car=left.mp4:"a blue car"', "car", "left.mp4", "a blue car"],
    [" red car = masks/left.png : a (blue:1.5) car", "red car", "masks/left.png", "a (blue:1.5) car"],
    ["car=C:\\left.png:a bus", "car", "C:\\left.png", "a bus"],
    ['car="a:b.png":a bus: red', "car", "a:b.png", "a bus: red"],
  ])("reads %s", (text, words, mask, prompt) => {
    expect(read({ kind: "regions" }, text)).toEqual([
      mask === undefined ? { words, prompt } : { words, mask, prompt },
    ]);
  });
  it("refuses what has no word, no text or no mask behind its sign", () => {
    refused({ kind: "regions" }, ["", "car", "car:", ":a bus", "=a.png:a bus", "car=:a bus", 'car:""']);
  });
});

describe("embeddings", () => {
  it.each([
    ["cat.pt", undefined, "cat.pt"],
    ["my-cat=cat.pt", "my-cat", "cat.pt"],
    [" <cat> =a/b=c.pt", "<cat>", "a/b=c.pt"],
    ["a/b=c.pt", undefined, "a/b=c.pt"],
    ["C:\\x=y.pt", undefined, "C:\\x=y.pt"],
  ])("reads %s", (text, word, path) => {
    expect(read({ kind: "embeddings" }, text)).toEqual([word === undefined ? { path } : { word, path }]);
  });
  test("refuses what names no file", () => {
    refused({ kind: "embeddings" }, ["", " ", "cat=", "=cat.pt", " =cat.pt"]);
  });
});

describe("what is written reads back as it was", () => {
  const share = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
  const window = fc.oneof(
    share,
    fc.tuple(share, share).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  );
  const word = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8})?$/).filter((text) => text !== "default");
  const byWord = <T>(of: fc.Arbitrary<T>) =>
    fc.uniqueArray(fc.tuple(word, of), { minLength: 1, selector: ([name]) => name });
  const path = fc.stringMatching(/^[a-z=./]{1,12}$/).filter((text) => !text.startsWith("="));

  const kinds: readonly (readonly [FieldType, fc.Arbitrary<unknown>])[] = [
    [{ kind: "number", least: 0, most: 1 }, share],
    [{ kind: "window" }, window],
    [
      { kind: "windows" },
      fc.oneof(
        window,
        byWord(window).map((words) => [["default_", 0.7], ...words]),
      ),
    ],
    [{ kind: "maskWords" }, fc.uniqueArray(word, { minLength: 1 }).map((source) => ({ source }))],
    [{ kind: "factors" }, byWord(fc.integer({ min: 0, max: 100 }))],
    [
      { kind: "frames" },
      fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom("first", "mid", "last"))),
    ],
    [{ kind: "loras" }, fc.array(fc.record({ path, scale: share }), { minLength: 1 })],
    [
      { kind: "regions" },
      fc.array(
        fc.oneof(
          fc.record({ words: word, prompt: fc.stringMatching(/^["a-z:=(]([a-z:=.() ]{0,12}[a-z:"])?$/) }),
          fc.record({ words: word, mask: fc.stringMatching(/^[a-z/][a-z/.:= ]{0,8}[a-z]$/), prompt: word }),
        ),
        { minLength: 1 },
      ),
    ],
    [
      { kind: "embeddings" },
      fc.array(
        fc.oneof(
          path.filter((text) => !text.includes("=")).map((file) => ({ path: file })),
          fc.record({ word, path }),
        ),
        { minLength: 1 },
      ),
    ],
  ];
  test.each(kinds)("%o", (type, values) => {
    fc.assert(
      fc.property(values, (value) => {
        const texts = codecOf(type).write(value);
        expect(texts.reduce<unknown>((before, text) => read(type, text, before), undefined)).toEqual(value);
      }),
    );
  });
});

test("targets: a sentence, or a list of all that were given, none of them twice", () => {
  const type: FieldType = { kind: "targets" };
  expect(read(type, "a car")).toBe("a car");
  expect(read(type, "a bus", "a car")).toEqual(["a car", "a bus"]);
  expect(read(type, "a van", ["a car", "a bus"])).toEqual(["a car", "a bus", "a van"]);
  expect(codecOf(type).write("a car")).toEqual(["a car"]);
  expect(codecOf(type).write(["a car", "a bus"])).toEqual(["a car", "a bus"]);
  refused(type, ["", " ", "-o"]);
  expect(() => read(type, " a car", ["a van", "a car "])).toThrow('"a car" was given twice.');
});

describe("sweeps", () => {
  const type: FieldType = { kind: "sweeps" };
  const self = { field: "selfSteps", values: [0.2, [0.1, 0.5]] };

  test("name an option and its values, and are read as they are written", () => {
    expect(read(type, "self-steps=0.2, 0.1-0.5")).toEqual([self]);
    const both = [self, { field: "preset", values: ["style", "shape"] }];
    expect(read(type, "--preset=style,shape", [self])).toEqual(both);
    expect(codecOf(type).write(both)).toEqual(["self-steps=0.2,0.1-0.5", "preset=style,shape"]);
  });

  test.each([
    ["", "It must be OPTION=VALUE,VALUE"],
    ["self-steps", "It must be OPTION=VALUE,VALUE"],
    ["self-steps=", "It must be OPTION=VALUE,VALUE"],
    ["seed=1,2", '"seed" is none of the options that it takes: preset, strength, self-steps, cross-steps'],
    ["self-steps=0.2", "It has one value of self-steps"],
    ["self-steps=0.2,2", '"2" is no value of self-steps. It must be a share of the steps from 0 to 1'],
    ["self-steps=0.2,", '"" is no value of self-steps.'],
    ["self-steps=0.2,0.20", 'The value "0.20" of self-steps was given twice.'],
    ["cross-steps=blue=0.2,0.4", '"blue=0.2" is no value of cross-steps.'],
    ["preset=style,loud", '"loud" is no value of preset. Allowed choices are style,'],
  ])("%j is refused", (text, message) => {
    expect(() => read(type, text)).toThrow(message);
  });

  test("are of two options at most, each once", () => {
    const two = [self, { field: "guidance", values: [1, 5] }];
    expect(() => read(type, "strength=0.2,0.4", two)).toThrow("It takes at most 2 options.");
    expect(() => read(type, "self-steps=0.2,0.4", [self])).toThrow('"self-steps" was given twice.');
  });
});
