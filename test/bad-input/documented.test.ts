import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inRepository } from "../support/fixtures.ts";

/** Warnings of a plan that the command line refuses under their own codes. */
const PASSED_ON = ["word-not-found", "prompt-cut"];

const sources = readdirSync(inRepository("src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(inRepository("src"), name), "utf8"));

/** The codes in the first argument of `new FateZeroError(…)` and of its subclasses' `super(…)`. */
const thrown = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/(?:new FateZeroError|\bsuper)\(\s*([^,]*),/g)].flatMap(([, first]) =>
      [...first!.matchAll(/"([a-z0-9-]+)"/g)].map(([, code]) => code!),
    ),
  ),
);
const documented = new Set(
  readFileSync(inRepository("docs/errors.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([a-z0-9-]+)`/g)].map(([, code]) => code!)),
);

test("every code that is thrown is in docs/errors.md", () => {
  expect(thrown.size).toBeGreaterThan(50);
  expect([...thrown].filter((code) => !documented.has(code))).toEqual([]);
});

test("the type of all codes has those that are thrown and no others", () => {
  const all = sources.join("\n");
  const type = sources.find((text) => text.includes("export type ErrorCode ="))!;
  const listed = [...type.matchAll(/^ {2}\| "([a-z0-9-]+)"/gm)].map(([, code]) => code!);
  expect(listed.length).toBeGreaterThan(50);
  const used = (code: string) => all.split(`"${code}"`).length > 2;
  expect(listed.filter((code) => !documented.has(code) || !used(code))).toEqual([]);
  expect([...thrown].filter((code) => !listed.includes(code))).toEqual([]);
});

test("docs/errors.md has no code that is never thrown", () => {
  const all = sources.join("\n");
  const known = (code: string) => thrown.has(code) || PASSED_ON.includes(code) || all.includes(`"${code}"`);
  expect([...documented].filter((code) => !known(code))).toEqual([]);
});
