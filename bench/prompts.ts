/**
 * Reads labelled pairs of prompts and counts how many it takes for what a person means: the kind of edit and the mask words.
 *
 *     npm run bench:prompts -- FILE.json…
 *
 * A file is an array of `{source, target, kind, maskWords, alsoFine?}`, with a `class` if one likes. Right: the same kind, every
 * one of the mask words, and no word that is in neither list; compared without case. Without a file: the project's own pairs.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createTokenizer, readEdit } from "../src/prompt/index.ts";

interface LabelledPair {
  readonly source: string;
  readonly target: string;
  readonly kind: string;
  readonly maskWords: readonly string[];
  readonly alsoFine?: readonly string[];
  readonly class?: string;
}

const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const lower = (words: readonly string[]): string[] => words.map((word) => word.toLowerCase());

/** Counts by kind, and by class where there are classes. */
function count(rows: Map<string, { right: number; all: number }>, row: string, isRight: boolean): void {
  const { right, all } = rows.get(row) ?? { right: 0, all: 0 };
  rows.set(row, { right: right + Number(isRight), all: all + 1 });
}

const given = process.argv.slice(2);
const files = given.length > 0 ? given : [inRepository("test/fixtures/prompt/edits.json")];
const folder = inRepository("test/fixtures/clip-tokenizer");
const text = (name: string): Promise<string> => readFile(`${folder}/${name}`, "utf8");
const tokenizer = createTokenizer({
  vocab: await text("vocab.json"),
  merges: await text("merges.txt"),
  maxLength: 77,
});

const loading = performance.now();
await readEdit(tokenizer, "a cat", "a dog");
console.log(`tagger loaded in ${Math.round(performance.now() - loading)} ms\n`);

for (const file of files) {
  const pairs = JSON.parse(await readFile(file, "utf8")) as readonly LabelledPair[];
  const rows = new Map<string, { right: number; all: number }>();
  const reading = performance.now();
  for (const pair of pairs) {
    const { kind, maskWords } = await readEdit(tokenizer, pair.source, pair.target);
    const wanted = lower(pair.maskWords);
    const fine = new Set([...wanted, ...lower(pair.alsoFine ?? [])]);
    const isRight =
      kind === pair.kind &&
      wanted.every((word) => maskWords.includes(word)) &&
      maskWords.every((word) => fine.has(word));
    count(rows, pair.kind, isRight);
    if (pair.class) count(rows, pair.class, isRight);
    count(rows, "all", isRight);
    if (isRight) continue;
    console.log(`${pair.source}\n  → ${pair.target}`);
    console.log(`  meant ${pair.kind} [${wanted.join(", ")}], read ${kind} [${maskWords.join(", ")}]`);
  }
  const each = (performance.now() - reading) / Math.max(1, pairs.length);
  console.log(`${file}: ${each.toFixed(1)} ms a pair`);
  for (const [row, { right, all }] of rows)
    console.log(`  ${row.padEnd(24)} ${right} of ${all} (${((100 * right) / all).toFixed(1)} %)`);
}
