/** `fatezero bench rank` as a user runs it: the page, and the table of its answers. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { writeVideo } from "../../src/video/index.node.ts";
import { runCli, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const METHODS = ["fatezero", "ddim", "sdedit"] as const;
/** The first channel of all pixels of a method's frames: by it a test knows whose they are. */
const SHADE: Readonly<Record<string, number>> = { source: 10, fatezero: 60, ddim: 120, sdedit: 200 };

async function frames(path: string, shade: number, edit: number, side = 16): Promise<void> {
  const frame = (f: number) => ({
    ...{ width: side, height: side },
    data: new Uint8Array(side * side * 3).map((_, k) => [shade, f * 20, edit * 50][k % 3]!),
  });
  // Frames of an edit say how they were made: whoever ranks them must not see it.
  const metadata = { program: "fatezero", arguments: '["edit","--method","sdedit"]' };
  await writeVideo(`${path}/`, [frame(0), frame(1)], { fps: 8, metadata });
}

const EDITS = [
  { edit: "0_blue", target: 'a blue car </script><b>"&', methods: METHODS },
  { edit: "1_bus", target: "a red bus", methods: ["ddim", "sdedit"] },
  { edit: "2_night", target: "a red car at night", methods: ["fatezero"] },
] as const;

/** A folder as a table of methods leaves it. */
async function tableIn(
  name: string,
  change: (table: Cells & Record<string, unknown>) => unknown = (table) => table,
) {
  const dir = at(name);
  await mkdir(dir, { recursive: true });
  await frames(join(dir, "car", "source"), SHADE.source!, 0);
  const cells: Record<string, unknown>[] = [];
  for (const [e, { edit, target, methods }] of EDITS.entries()) {
    const results: Record<string, unknown> = {};
    for (const method of methods) {
      await frames(join(dir, "car", edit, method), SHADE[method]!, e);
      results[method] = { frames: `car/${edit}/${method}`, measures: { clip: null } };
    }
    const about = { clip: "car", edit, kind: null, source: "a red car", target };
    cells.push({ ...about, sourceFrames: "car/source", results });
  }
  const table = { version: 1, model: "tinytown", methods: [...METHODS, "atlas"], cells };
  await writeFile(join(dir, "table.json"), JSON.stringify(change(table)));
  return dir;
}

interface Shown {
  readonly page: string;
  readonly cells: readonly {
    readonly source: string;
    readonly target: string;
    readonly frames: readonly string[];
    readonly results: readonly { readonly letter: string; readonly frames: readonly string[] }[];
  }[];
}

/** What a page holds for its program. */
function shownIn(html: string): Shown {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)!;
  return JSON.parse(json!);
}

const bytesOf = (uri: string): Buffer => Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64");

/** Of each edit the letter of each method, told by the pixels. */
async function keyOf({ cells }: Shown): Promise<Record<string, string>[]> {
  const keys = [];
  for (const { results } of cells) {
    const key: Record<string, string> = {};
    for (const { letter, frames } of results) {
      const { data } = await sharp(bytesOf(frames[0]!)).raw().toBuffer({ resolveWithObject: true });
      key[METHODS.find((method) => SHADE[method] === data[0])!] = letter;
    }
    keys.push(key);
  }
  return keys;
}

let dir = "";
let html = "";
let shown: Shown;
let keys: Record<string, string>[] = [];
beforeAll(async () => {
  dir = await tableIn("table");
  const { code, stdout, stderr } = await runCli(["bench", "rank", dir]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(join(dir, "rank.html"));
  expect(stdout).toContain("2 edits to rank.");
  expect(stdout).toContain("Left out for want of two results: 1 edit.");
  html = await readFile(join(dir, "rank.html"), "utf8");
  shown = shownIn(html);
  keys = await keyOf(shown);
});

type Cells = { readonly cells: readonly Record<string, unknown>[] };
type File = Cells & Record<string, unknown>;

/** Answers of somebody who puts the methods in these orders, by question. */
async function answered(
  name: string,
  orders: Readonly<Record<"edit" | "image" | "temporal", readonly string[]>>,
  change: (file: File) => unknown = (file) => file,
): Promise<string> {
  const cells = keys.map((key) => {
    const letters = (methods: readonly string[]) =>
      methods.map((method) => key[method]).filter((letter) => letter !== undefined);
    return {
      edit: letters(orders.edit),
      image: letters(orders.image),
      temporal: letters(orders.temporal),
    };
  });
  await writeFile(at(name), JSON.stringify(change({ version: 1, page: shown.page, rater: name, cells })));
  return at(name);
}

const FIRST = { edit: METHODS, image: ["ddim", "sdedit", "fatezero"], temporal: METHODS };
const SECOND = { edit: METHODS, image: METHODS, temporal: ["sdedit", "ddim", "fatezero"] };

describe("the page", () => {
  test("holds all frames to the bit, and no word of whose they are", async () => {
    expect(shown.cells.map(({ results }) => results.map(({ letter }) => letter))).toEqual([
      ["A", "B", "C"],
      ["A", "B"],
    ]);
    expect(Object.keys(keys[0]!).sort()).toEqual([...METHODS].sort());
    for (const { frames, results } of shown.cells) {
      for (const uri of [...frames, ...results.flatMap((result) => result.frames)]) {
        expect(uri).toMatch(/^data:image\/png;base64,/);
        expect(bytesOf(uri).toString("latin1")).not.toMatch(/fatezero|sdedit|tEXt|iTXt|eXIf/);
      }
    }
    const { data } = await sharp(bytesOf(shown.cells[1]!.frames[1]!))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([SHADE.source, 20, 0]);
    for (const word of [...METHODS, "atlas", "tinytown", "0_blue"]) expect(html).not.toContain(word);
  });

  test("needs nothing else, and sentences are text in it", () => {
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).not.toMatch(/^\s*(import|export) /m);
    expect(shown.cells[0]!.target).toBe('a blue car </script><b>"&');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).toContain("prefers-color-scheme:dark");
  });

  test("has the methods in an order that the seed gives: the same again, another with another", async () => {
    const orders = new Set<string>();
    for (const seed of ["0", "1", "2", "3", "4"]) {
      const out = at(`seed-${seed}.html`);
      const { code, stderr } = await runCli(["bench", "rank", dir, "--seed", seed, "-o", out]);
      expect(code, stderr).toBe(0);
      const other = await readFile(out, "utf8");
      if (seed === "0") expect(other).toBe(html);
      else expect(shownIn(other).page).not.toBe(shown.page);
      orders.add(JSON.stringify(await keyOf(shownIn(other))));
    }
    expect(orders.size).toBeGreaterThan(1);
  });
});

test("a page that would be too large has WebP in place of lossless pictures, and says so", async () => {
  const large = await tableIn("large", (table) => ({ ...table, cells: table.cells.slice(0, 1) }));
  await frames(join(large, "car", "source"), SHADE.source!, 0, 2200);
  await frames(join(large, "car", "0_blue", "ddim"), SHADE.ddim!, 0, 2200);
  const { code, stdout, stderr } = await runCli(["bench", "rank", large]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("WebP of high quality");
  const page = await readFile(join(large, "rank.html"), "utf8");
  expect(page).toContain("compressed a little (WebP)");
  const [cell] = shownIn(page).cells;
  const all = [...cell!.frames, ...cell!.results.flatMap((result) => result.frames)];
  for (const uri of all) expect(uri).toMatch(/^data:image\/webp;base64,/);
  expect((await sharp(bytesOf(all[0]!)).metadata()).width).toBe(2200);
});

describe("the table of answers", () => {
  test("has each method's mean ranks and how many there are", async () => {
    const files = [await answered("first.json", FIRST), await answered("second.json", SECOND)];
    const { code, stdout, stderr } = await runCli(["bench", "rank", dir, "--answers", ...files, "--json"]);
    expect(code, stderr).toBe(0);
    const { methods, people, cells, seed } = JSON.parse(stdout);
    expect([people, cells, seed]).toEqual([2, 2, 0]);
    // By hand: edit 0 has all three, edit 1 has no fatezero.
    expect(methods).toEqual([
      { method: "fatezero", ranks: { edit: 1, image: 2, temporal: 2 }, answers: 2 },
      { method: "ddim", ranks: { edit: 1.5, image: 1.25, temporal: 1.75 }, answers: 4 },
      { method: "sdedit", ranks: { edit: 2.5, image: 2.25, temporal: 1.75 }, answers: 4 },
      { method: "atlas", ranks: { edit: null, image: null, temporal: null }, answers: 0 },
    ]);
  });

  test("as text and as Markdown", async () => {
    const file = await answered("first.json", FIRST);
    const text = await runCli(["bench", "rank", dir, "--answers", file]);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toMatch(/^method +Edit +Image +Temp +answers$/m);
    expect(text.stdout).toMatch(/^fatezero +\*1\.00 +3\.00 +\*1\.00 +1$/m);
    expect(text.stdout).toContain("of one person over 2 edits");
    expect(text.stdout).toContain("Not ranked in every edit, so not among all others: fatezero.");
    const markdown = await runCli(["bench", "rank", dir, "--answers", file, "--markdown"]);
    expect(markdown.stdout).toContain("| fatezero | **1.00** | 3.00 | **1.00** | 1 |");
  });

  test("refuses answers to another seed or to results that have changed since", async () => {
    const file = await answered("first.json", FIRST);
    const seeded = await runCli(["bench", "rank", dir, "--answers", file, "--seed", "7"]);
    expect(seeded.stderr).toContain("answers another page");
    expect(seeded.stderr).toContain("--seed");
    const changed = await tableIn("changed");
    await frames(join(changed, "car", "1_bus", "ddim"), 33, 1);
    const { code, stderr } = await runCli(["bench", "rank", changed, "--answers", file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("the results have changed since")]);
  });

  test.each<[string, (file: File) => unknown, string]>([
    ["of one person twice", (file) => ({ ...file, rater: "first.json" }), "of one person"],
    ["without an edit", (file) => ({ ...file, cells: file.cells.slice(1) }), "1 of 2"],
    [
      "with a letter twice",
      ({ cells: [first, second], ...file }) => ({
        ...file,
        cells: [{ ...first, image: ["A", "A", "B"] }, second],
      }),
      'at cells.0.image: ["A","A","B"]',
    ],
    ["of another version", (file) => ({ ...file, version: 2 }), "holds no answers"],
    ["that are a list", () => [], "is not a JSON object"],
  ])("refuses answers %s", async (_, change, message) => {
    const files = [await answered("first.json", FIRST), await answered("bad.json", SECOND, change)];
    const { code, stdout, stderr } = await runCli(["bench", "rank", dir, "--answers", ...files]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("bad.json");
    expect(stderr).toContain(message);
  });

  test("refuses files that are none", async () => {
    for (const [file, message] of [
      [at("nothing.json"), "does not exist"],
      [dir, "is a folder"],
      [join(dir, "rank.html"), "is not JSON"],
    ] as const) {
      const { code, stderr } = await runCli(["bench", "rank", dir, "--answers", file]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    }
    const { code, stderr } = await runCli([
      "bench",
      "rank",
      dir,
      "--answers",
      "a.json",
      "--out",
      "page.html",
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--out would have no effect")]);
  });
});

describe("a folder that is no table", () => {
  type Table = Record<string, unknown> & Cells;
  test.each<[string, (table: Table) => unknown, string]>([
    ["no-such-folder", (table) => table, "table.json"],
    ["version", (table) => ({ ...table, version: 2 }), "is of version 2"],
    ["methods", (table) => ({ ...table, methods: ["ddim", "ddim"] }), "names a method twice"],
    ["cells", (table) => ({ ...table, cells: {} }), "has no list at cells"],
    ["none", (table) => ({ ...table, cells: [] }), "nothing to rank"],
    [
      "away",
      (table) => ({ ...table, cells: [{ ...table.cells[0], sourceFrames: "car/../../away" }] }),
      "outside its own at cells.0.sourceFrames",
    ],
    [
      "absolute",
      (table) => ({ ...table, cells: [{ ...table.cells[0], results: { ddim: { frames: "/etc" } } }] }),
      "outside its own at cells.0.results.ddim.frames",
    ],
    [
      "gone",
      (table) => ({ ...table, cells: [{ ...table.cells[0], sourceFrames: "car/gone" }] }),
      "no folder of frames",
    ],
  ])("is told: %s", async (name, change, message) => {
    const bad = name === "no-such-folder" ? at(name) : await tableIn(`bad-${name}`, change);
    const { code, stderr } = await runCli(["bench", "rank", bad]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("fault of the program");
  });

  test("a page goes nowhere else than to a page's name", async () => {
    const { stderr } = await runCli(["bench", "rank", dir, "-o", at("page.pdf")]);
    expect(stderr).toContain("does not end in .html");
  });
});

test("the help of the group and of the command tell what they do", async () => {
  expect((await runCli(["bench", "--help"])).stdout).toMatch(/rank \[options\] <dir> +have people rank/);
  const { stdout } = await runCli(["bench", "rank", "--help"]);
  for (const flag of ["--answers <file...>", "--seed <n>", "--out <file.html>", "--markdown", "--json"])
    expect(stdout).toContain(flag);
  const { stderr } = await runCli(["edit", "--answers", "a.json"]);
  expect(stderr).toContain('it belongs to "fatezero bench rank"');
});
