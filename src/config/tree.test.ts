import { describe, expect, test } from "vitest";
import { FateZeroError } from "../errors.ts";
import { parseConfig } from "./tree.ts";

const parse = (text: string) => parseConfig(text, "a.yaml");

function faultOf(text: string): FateZeroError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FateZeroError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseConfig", () => {
  test("reads YAML 1.2: numbers, truth values and words as they are meant there", () => {
    const { root } = parse("a: 1e-5\nb: None\nc: True\nd: yes\ne: ~\nf: 0.0\ng: .5\nn: 1");
    expect([...root.values()]).toEqual([1e-5, "None", true, "yes", null, 0, 0.5, 1]);
    expect([...root.keys()]).toContain("n");
  });

  test("keeps two blanks of a plain sentence, and takes a comma of a list for a separator", () => {
    const { root } = parse(
      'a: [\n  a Spider-Man  rides,\n  in the "countryside",\n]\nb: "the countryside,"\nc: the countryside,',
    );
    expect(root.get("a")).toEqual(["a Spider-Man  rides", 'in the "countryside"']);
    expect(root.get("b")).toBe("the countryside,");
    expect(root.get("c")).toBe("the countryside,");
  });

  test("tells numbers from words in keys, and reads odd keys as words", () => {
    const { root } = parse('0: a\n"1": b\ntrue: c\n1.5: d\n? ~\n: e');
    expect([...root.keys()]).toEqual([0, "1", "true", "1.5", "null"]);
  });

  test("merges mappings as Python's YAML does", () => {
    const { root, lineOf } = parse("base: &base\n  x: 1\n  y: 2\nmore:\n  <<: *base\n  y: 3");
    expect(root.get("more")).toEqual(
      new Map([
        ["x", 1],
        ["y", 3],
      ]),
    );
    expect(lineOf(["more", "y"])).toBe(6);
    // A merged value has no line of its own there.
    expect(lineOf(["more", "x"])).toBe(5);
    expect(lineOf(["nowhere"])).toBe(1);
  });

  test.each([
    ["an open list", "a: [1, 2", /"a.yaml", line 1, column \d+: Flow sequence/],
    ["a colon in a sentence", "x: 1\na: b: c", /line 2, column 4: Nested mappings/],
    ["a key twice", "a: 1\na: 2", /line 2, column 1: Map keys must be unique\./],
    ["a tab", "x:\n\ty: 1", /line 2, column 1: Tabs/],
    ["an open quote", "a: 'x", /Missing closing/],
    ["two documents", "a: 1\n---\nb: 2", /multiple documents\. Correct/],
    ["an unknown anchor", "a: *x", /Unresolved alias/],
    ["a list", "- 1", /"a.yaml" is no mapping/],
    ["nothing", "# only a comment", /"a.yaml" is empty/],
  ])("refuses %s in one message with its place", (_, text, message) => {
    const fault = faultOf(text);
    expect(fault.code).toBe("config-syntax");
    expect(fault.message).toMatch(message);
    expect(fault.message).not.toContain("\n");
  });
});
