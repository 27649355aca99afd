import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Folders and files of src/ from the ground up: each may import those before it, and not its neighbours in its own row. */
const FLOORS: readonly (readonly string[])[] = [
  [
    "say.ts",
    "error-codes.ts",
    "errors.ts",
    "printable.ts",
    "argument.ts",
    "defined.ts",
    "json.ts",
    "limits.ts",
    "frame-list.ts",
    "frame-window.ts",
    "file-fault.ts",
    "text.ts",
    "read-text.node.ts",
    "file-name.ts",
    "cache-folder.node.ts",
    "quantity.ts",
    "spread.ts",
    "version.node.ts",
    "yaml.ts",
  ],
  ["tensor"],
  ["files"],
  ["graph"],
  ["runtime"],
  ["checkpoint"],
  ["hub"],
  ["model"],
  ["prompt"],
  ["diffusion"],
  ["video"],
  ["attention"],
  ["resume"],
  ["pipeline"],
  ["edit"],
  ["metrics", "tune"],
  ["baselines"],
  ["judge", "picture"],
  ["judging.ts"],
  ["request"],
  ["config"],
  ["job"],
  ["cli", "index.ts"],
];
/** From here on everything may use Node. */
const FIRST_OF_NODE = "config";
/** Has no index.ts: a command loads only what it runs. */
const WITHOUT_INDEX = "job";

/** A request is told without loading what reads prompts: `--help` comes at once. */
const LIGHT = ["request/values/words.ts → prompt/windows.ts"];

type Imports = ReadonlyMap<string, readonly string[]>;

/** What each file of src/ imports, types too: files from src/ on, and packages as they are written. */
function importsOf(): Imports {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).map((file) =>
    file.replaceAll("\\", "/"),
  );
  const sources = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return new Map(
    sources.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, "src", file), "utf8"));
      const names = importedFiles.map(({ fileName }) =>
        fileName.startsWith(".") ? join(dirname(file), fileName).replaceAll("\\", "/") : fileName,
      );
      return [file, names];
    }),
  );
}

/** Groups of files each of which leads to all others of its group (Tarjan 1972), sorted. */
function circlesOf(imports: Imports): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    lowest.set(file, own);
    open.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!imports.has(next)) continue;
      const reached = !order.has(next) ? visit(next) : open.includes(next) ? order.get(next)! : own;
      lowest.set(file, Math.min(lowest.get(file)!, reached));
    }
    if (lowest.get(file) === own) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1 || imports.get(file)!.includes(file)) circles.push(circle.sort());
    }
    return lowest.get(file)!;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort(([a], [b]) => (a! < b! ? -1 : 1));
}

const folderOf = (file: string): string => file.split("/")[0]!;
const floorOf = (file: string): number => FLOORS.findIndex((row) => row.includes(folderOf(file)));

/** Imports `A → B` between files of src/ in different folders. */
function acrossFolders(imports: Imports): { from: string; to: string }[] {
  return [...imports].flatMap(([from, names]) =>
    names.filter((to) => imports.has(to) && folderOf(to) !== folderOf(from)).map((to) => ({ from, to })),
  );
}

const arrow = ({ from, to }: { from: string; to: string }): string => `${from} → ${to}`;

describe("the source", () => {
  const imports = importsOf();

  it("has no import circles", () => {
    expect(circlesOf(imports)).toEqual([]);
  });

  it("lies on the floors that are listed, and imports from floors below its own only", () => {
    expect([...imports.keys()].filter((file) => floorOf(file) < 0)).toEqual([]);
    const upwards = acrossFolders(imports).filter(({ from, to }) => floorOf(to) >= floorOf(from));
    // Single files of the ground floor may use each other.
    expect(upwards.filter(({ from }) => floorOf(from) > 0).map(arrow)).toEqual([]);
  });

  it("is imported from other folders by index.ts, or by index.node.ts where Node is at hand", () => {
    const inside = acrossFolders(imports).filter(
      ({ to }) => to.includes("/") && folderOf(to) !== WITHOUT_INDEX && !/^\w+\/index(\.node)?\.ts$/.test(to),
    );
    expect(inside.map(arrow)).toEqual(LIGHT);
  });

  it("keeps Node in files named for it, below the floors that are Node's", () => {
    const limit = floorOf(FIRST_OF_NODE);
    const pure = [...imports].filter(([file]) => floorOf(file) < limit && !file.endsWith(".node.ts"));
    const forNode = pure.flatMap(([from, names]) =>
      names
        .filter((to) => to.startsWith("node:") || to.endsWith(".node.ts"))
        .map((to) => arrow({ from, to })),
    );
    expect(pure.length).toBeGreaterThan(100);
    expect(forNode).toEqual([]);
  });

  it("chooses between Node and browsers the same way built and unbuilt", () => {
    const read = (file: string): { imports: object } => JSON.parse(readFileSync(join(ROOT, file), "utf8"));
    const built = JSON.stringify(read("package.json").imports);
    const unbuilt = JSON.stringify(read("src/package.json").imports);
    expect(built).toBe(unbuilt.replace(/"\.\/([^"]+)\.ts"/g, '"./dist/$1.js"'));
    for (const [, file] of unbuilt.matchAll(/"\.\/([^"]+\.ts)"/g)) expect(imports.has(file!)).toBe(true);
  });
});

describe("circles", () => {
  it("are found through any number of files, and of one file alone", () => {
    const imports = new Map([
      ["a", ["b", "x"]],
      ["b", ["c"]],
      ["c", ["d", "a"]],
      ["d", ["e"]],
      ["e", ["f"]],
      ["f", ["e"]],
      ["g", ["g", "a"]],
    ]);
    expect(circlesOf(imports)).toEqual([["a", "b", "c"], ["e", "f"], ["g"]]);
  });
});
