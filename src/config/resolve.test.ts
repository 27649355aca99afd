import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeReferences, splitReferences } from "./interpolate.ts";
import { createLookup, plainValue } from "./resolve.ts";
import { parseConfig } from "./tree.ts";

const FILE = `
a:
  b: 3
  text: hello
  list: [1, "\${..text}", "\${.0}"]
  all: \${x}
x:
  beside: \${.same}
  same: \${a.b}
  nested: "pre \${a.text} post \${a.b}!"
  which: b
  chosen: "\${a.\${.which}}"
  quoted: "\${a.b}"
  single: '\${a.b}'
  literal: '\\\${a.b}'
  truth: True
  said: "is \${.truth}, \${.nothing}"
  nothing: null
  up: \${..a.list[2]}
  missing: ???
  deep:
    far: \${...a.b}
c1: \${c2}
c2: "x \${c1}"
own:
  self: \${own}
dangling: \${nope.x}
unused:
  here: \${..validation_sample_logger.num_inference_steps}
`;

const lookup = createLookup(parseConfig(FILE, "a.yaml"));
const at = (name: string): unknown => {
  const found = lookup(name.split("."));
  return found && plainValue(found, lookup, "a.yaml");
};

describe("references", () => {
  test.each<[string, string, unknown]>([
    ["from the root", "x.same", 3],
    ["beside the key", "x.beside", 3],
    ["one level up", "x.up", 1],
    ["two levels up", "x.deep.far", 3],
    ["from a list to its mapping", "a.list.1", "hello"],
    ["within a list", "a.list.2", 1],
    ["in a text", "x.nested", "pre hello post 3!"],
    ["with Python's words in a text", "x.said", "is True, None"],
    ["in a reference", "x.chosen", 3],
    ["to a number keep its type in double quotes", "x.quoted", 3],
    ["and in single ones", "x.single", 3],
    ["written as text are text", "x.literal", `\${a.b}`],
    ["through another mapping", "a.all.beside", 3],
    ["by a number that is a key", "a.list", [1, "hello", 1]],
  ])("%s", (_, name, value) => {
    expect(at(name)).toEqual(value);
  });

  test("absent and missing values are null, dangling ones harm nobody until they are used", () => {
    expect(at("x.none")).toBeNull();
    expect(at("x.missing")).toBeNull();
    expect(lookup(["unused"])).not.toBeNull();
    expect([...(lookup(["unused"])!.value as ReadonlyMap<string, unknown>).keys()]).toEqual(["here"]);
  });

  test.each([
    ["dangling", /"a.yaml", line 27: "\$\{nope.x\}" in dangling leads nowhere: there is no nope.x there/],
    ["unused.here", /line 29: .* leads nowhere: there is no validation_sample_logger.num_inference_steps/],
    ["c1", /line 23: .*leads back to itself/],
    ["c2", /leads back to itself/],
    ["own", /own leads back to own itself/],
  ])("%s is refused with its line", (name, message) => {
    expect(() => at(name)).toThrow(message);
  });

  test.each([
    [`a: \${oc.env:HOME}`, /line 1: "\$\{oc.env:HOME\}" in a is no reference/],
    ['a: "${b"\nb: 1', /has a bracket that is not closed/],
    [`a: \${}`, /is no reference/],
    [`a: \${..b}`, /leads out of the file/],
    [`a: "to \${b}"\nb: [1]`, /names a list or a mapping, which cannot stand inside a text/],
  ])("refuses %s", (text, message) => {
    expect(() => createLookup(parseConfig(text, "b.yaml"))(["a"])).toThrow(message);
  });

  test("a number and a text of the same digits are two keys", () => {
    const find = createLookup(parseConfig('a: {2: x, "2": y}\nb: {0: z}', "c.yaml"));
    expect(find(["a", 2])!.value).toBe("x");
    expect(find(["a", "2"])!.value).toBe("y");
    expect(find(["b", "0"])!.value).toBe("z");
    expect(plainValue(find(["b"])!, find, "a.yaml")).toEqual(new Map([[0, "z"]]));
  });

  test("whatever text is escaped is read as itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "\\", "a", ".") }), (text) => {
        const escaped = escapeReferences(text);
        if (escaped !== text) expect(splitReferences(escaped)).toEqual([{ text }]);
      }),
    );
  });
});
