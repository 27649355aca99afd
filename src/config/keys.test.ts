import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { type KeyTable, keyTables, NAMES_BEFORE } from "./keys.ts";
import { closest, editDistance } from "./similar.ts";

const TABLES: Readonly<Record<string, KeyTable>> = keyTables(false);

/** Rows `| key | … |` of docs/configs.md below the heading of a section. */
function documented(section: string): string[] {
  const text = readFileSync(inRepository("docs/configs.md"), "utf8");
  const heading = section === "" ? "### The top" : `### \`${section}\``;
  const [, part = ""] = text.split(`\n${heading}\n`);
  const [rows = ""] = part.split(/\n##+ /);
  return rows
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([\w]+)`/g)].map(([, key]) => key!));
}

test.each(Object.keys(TABLES))('docs/configs.md lists the keys of "%s", no more and no less', (section) => {
  expect(documented(section).sort()).toEqual(Object.keys(TABLES[section]!).sort());
});

test("keys of tuning are read where a config tunes, and have a reason elsewhere", () => {
  const differing = Object.entries(keyTables(true)).flatMap(([section, table]) => {
    const others = TABLES[section]!;
    const keys = Object.keys(table).filter((key) => table[key] !== others[key]);
    for (const key of keys) expect([table[key], others[key]]).toEqual([null, expect.any(String)]);
    return keys;
  });
  expect(differing).toEqual(expect.arrayContaining(["train_steps", "seed", "class_data_root", "lora"]));
});

test("docs/configs.md names what keys were called before", () => {
  const text = readFileSync(inRepository("docs/configs.md"), "utf8");
  for (const name of Object.values(NAMES_BEFORE)) expect(text).toContain(`\`${name}\``);
});

test("closest finds misspellings, and nothing where nothing is near", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  const known = ["guidance_scale", "num_inference_steps", "crop"];
  expect(closest("guidence_scale", known)).toBe("guidance_scale");
  expect(closest("num_inference_step", known)).toBe("num_inference_steps");
  expect(closest("crops", known)).toBe("crop");
  expect(closest("colour", known)).toBeUndefined();
});
