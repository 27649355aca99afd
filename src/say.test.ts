import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inRepository } from "../test/support/fixtures.ts";
import { explainError, FateZeroError, textOf } from "./errors.ts";
import { ALL_FIELDS, configNames, type FieldKey, flagNames, flagOf, isFieldKey } from "./request/index.ts";
import { add, adviceIn, inWords, leaveOut, lower, say, set, the } from "./say.ts";

const text = say`${lower("maskThreshold")}, ${leaveOut("compat")}, or ${add("prediction", "epsilon")} to ${3} of ${the("size", 96)}.`;

test("a text is worded for each reader", () => {
  expect(inWords(text)).toBe(
    "Lower maskThreshold, leave compat out, or add prediction epsilon to 3 of size 96.",
  );
  expect(inWords(text, flagNames("edit"))).toBe(
    "Lower --mask-threshold, leave --compat out, or add --prediction epsilon to 3 of --size 96.",
  );
  expect(inWords(text, configNames({ size: 96 }))).toBe(
    "Lower blend_th, leave fatezero.compat out, or add fatezero.prediction (or --prediction) epsilon to 3 of --size 96.",
  );
});

test("an option that only switches off is called by what is written", () => {
  expect(inWords(say`${set("audio")} and ${the("resume")}`, flagNames("edit"))).toBe(
    "Set --no-audio and --no-resume",
  );
});

test("advice is data: the fields to turn, and which way", () => {
  expect(adviceIn(text)).toEqual([
    { field: "maskThreshold", move: "lower" },
    { field: "compat", move: "leave-out" },
    { field: "prediction", move: "add", value: "epsilon" },
  ]);
  expect(adviceIn("Lower it.")).toEqual([]);
});

describe("errors", () => {
  const error = new FateZeroError("bad-size", say`${the("size", 8)} is too small.`, text);

  test("have a message for users of the library, and the pieces for all others", () => {
    expect(error.message).toBe(`size 8 is too small. ${inWords(text)}`);
    expect(error.remedy).toBe(inWords(text));
    expect(error.advice).toEqual(adviceIn(text));
    expect(explainError(error, flagNames("edit")).what).toBe("--size 8 is too small.");
  });

  test("keep their pieces inside another text", () => {
    const outer = say`It failed: ${textOf(error)}`;
    expect(inWords(outer, flagNames("edit"))).toMatch(/^It failed: --size 8 is too small\. Lower --mask-th/);
    expect(adviceIn(outer)).toEqual(error.advice);
  });
});

const sources = readdirSync(inRepository("src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => [name, readFileSync(join(inRepository("src"), name), "utf8")] as const);

test("every field that a text names is one", () => {
  const named = sources.flatMap(([, source]) =>
    [...source.matchAll(/\b(?:the|raise|lower|add|set|leaveOut)\("(\w+)"/g)].map(([, field]) => field!),
  );
  expect(new Set(named).size).toBeGreaterThan(15);
  expect(named.filter((field) => !isFieldKey(field))).toEqual([]);
});

test("no text below the command line names an option of it", () => {
  const known = (Object.keys(ALL_FIELDS) as FieldKey[]).flatMap((key) => flagOf(key));
  const flags = [...known, "--json", "--debug", "--print-config"].filter((flag) => flag.startsWith("--"));
  const option = new RegExp(`(${flags.join("|")})(?![a-z-])`);
  const named = sources
    .filter(([name]) => !/^(cli|request)[\\/]/.test(name))
    .flatMap(([name, source]) =>
      source
        .split("\n")
        .filter((line) => option.test(line) && !/^\s*(\/?\*|\/\/)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
  expect(flags.length).toBeGreaterThan(40);
  expect(named).toEqual([]);
});
