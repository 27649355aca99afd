import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as limits from "../../src/limits.ts";
import { inRepository } from "../support/fixtures.ts";

test("docs/limits.md tells every limit, and its figure", () => {
  const text = readFileSync(inRepository("docs/limits.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \|/gm)].map(([, name, figure]) => [
    name,
    Number(figure),
  ]);
  expect(Object.fromEntries(rows)).toEqual({ ...limits });
});
