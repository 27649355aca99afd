import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FateZeroError } from "./errors.ts";
import { quoteArgument } from "./job/quote.ts";
import { isPrintable, printable, printableData, printableJson, printableMessage } from "./printable.ts";

/** What a terminal obeys, as code points. */
function obeyed(text: string): number[] {
  return Array.from(text, (c) => c.codePointAt(0)!).filter(
    (code) =>
      (code < 0x20 && code !== 0x0a) ||
      (code >= 0x7f && code < 0xa0) ||
      code === 0x061c ||
      (code >= 0x200e && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069),
  );
}

describe("text for a terminal", () => {
  it.each([
    ["\u001b[31mred", "\\x1b[31mred"],
    ["\u009b2J", "\\x9b2J"],
    ["a\tb\r\u007f\u0000", "a\\tb\\r\\x7f\\x00"],
    ["gpj.\u202eexe\u2066", "gpj.\\u{202e}exe\\u{2066}"],
    ["\u2028\ufeff\u{e0041}", "\\u{2028}\\u{feff}\\u{e0041}"],
    ["half \ud83d of a pair", "half \\u{d83d} of a pair"],
    ["Zürich 東京 👨\u200d👩 می\u200cخواهم", "Zürich 東京 👨\u200d👩 می\u200cخواهم"],
  ])("%j is shown as %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("holds nothing that is obeyed, whatever it is made of", () => {
    const any = fc.string({ unit: "binary", maxLength: 50 });
    fc.assert(
      fc.property(any, (text) => {
        expect(obeyed(printable(text))).toEqual([]);
        expect(isPrintable(printable(text))).toBe(true);
        expect(obeyed(printableMessage(text))).toEqual([]);
        const json = printableJson({ text });
        expect(obeyed(json)).toEqual([]);
        expect(json).not.toContain("\n");
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });

  it("of a message has no lines of its own but indented ones", () => {
    expect(printableMessage("a\nerror: forged")).toBe("a\\nerror: forged");
    expect(printableMessage("faults:\n  a\n  b\n")).toBe("faults:\n  a\n  b\n");
  });

  it("of a message can be read: the middle of a long one is left out, once", () => {
    const long = printableMessage(`begin ${"x".repeat(1e6)} end`);
    expect(long.length).toBeLessThan(4200);
    expect(long).toMatch(/^begin .* … \(996010 more characters\) … .* end$/);
    expect(printableMessage(long)).toBe(long);
    const error = new FateZeroError("bad-size", `"${"x".repeat(1e6)}" is none.`, "Give another.");
    expect(error.message.length).toBeLessThan(4200);
    expect(error.message).toMatch(/is none\. Give another\.$/);
  });

  it("is made of data, lines kept where they belong", () => {
    const data = { type: "plan", explanation: "a\nb\u001b", list: ["\n", 1, null], deep: { text: "x\ny" } };
    expect(printableData(data, ["explanation"])).toEqual({
      type: "plan",
      explanation: "a\nb\\x1b",
      list: ["\n", 1, null],
      deep: { text: "x\\ny" },
    });
  });
});

describe("an argument in a script", () => {
  it("holds nothing that is obeyed, and is the same to a shell", () => {
    const texts = [
      "plain.mp4",
      "it's a car",
      "a\u001b[31m'b",
      "\u202egpj.exe",
      "$(id) `id` %s \\n",
      "two\nlines",
    ];
    for (const text of texts) {
      const quoted = quoteArgument(text);
      expect(obeyed(quoted)).toEqual([]);
      expect(execFileSync("sh", ["-c", `printf %s ${quoted}`], { encoding: "utf8" })).toBe(text);
    }
  });
});
