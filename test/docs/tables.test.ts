import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PAGES, withTables } from "../../scripts/docs-tables.ts";
import { inRepository } from "../support/fixtures.ts";

test.each(PAGES)("the tables of %s are those of the fields (npm run docs:tables)", (page) => {
  const text = readFileSync(inRepository(page), "utf8");
  expect(text.match(/<!-- table: /g)?.length).toBeGreaterThan(5);
  expect(withTables(text)).toBe(text);
});
