import { stat } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { isJsonObject, readJsonObject } from "../../json.ts";
import { readText } from "../../read-text.node.ts";

/** One clip and one edit of it, as every method made it. */
export interface RankCell {
  readonly clip: string;
  readonly edit: string;
  /** Sentences. */
  readonly source: string;
  readonly target: string;
  /** Folders of frames. */
  readonly sourceFrames: string;
  readonly results: Readonly<Record<string, string>>;
}

/** What is ranked. */
export interface RankInput {
  /** In the order of the table. */
  readonly methods: readonly string[];
  /** Those with two results or more. */
  readonly cells: readonly RankCell[];
  /** Cells with fewer. */
  readonly leftOut: number;
}

/** Methods of one cell: each has a letter. */
const MOST_METHODS = 26;

/** Reads the values of an object that must be there; a fault names the place. */
function reader(file: string) {
  const bad = (what: string): FateZeroError =>
    new FateZeroError(
      "bench-table",
      `"${file}" ${what}.`,
      "Give the folder that a table of methods was written to, as it was written.",
    );
  const text = (value: unknown, place: string): string => {
    if (typeof value === "string" && value.trim() !== "") return value;
    throw bad(`has no text at ${place}`);
  };
  const list = (value: unknown, place: string): readonly unknown[] => {
    if (Array.isArray(value)) return value;
    throw bad(`has no list at ${place}`);
  };
  const object = (value: unknown, place: string): Readonly<Record<string, unknown>> => {
    if (isJsonObject(value)) return value;
    throw bad(`has no object at ${place}`);
  };
  /** A path below the folder: a table shows nothing else of this machine. */
  const below = (folder: string, value: unknown, place: string): string => {
    const path = text(value, place);
    const plain = normalize(path).replaceAll("\\", "/");
    if (isAbsolute(path) || /^[a-z]:/i.test(path) || plain === ".." || plain.startsWith("../"))
      throw bad(`names a folder outside its own at ${place}`);
    return join(folder, path);
  };
  return { bad, text, list, object, below };
}

/**
 * Reads a folder of results: its table.json.
 *
 * @throws FateZeroError `bench-table` where it is none, or holds nothing that could be ranked
 */
export async function readRankInput(folder: string): Promise<RankInput> {
  const file = join(folder, "table.json");
  const { bad, text, list, object, below } = reader(file);
  const json = await readText(file, (cause) =>
    bad(cause.code === "ENOENT" || cause.code === "ENOTDIR" ? "does not exist" : "cannot be read"),
  );
  const read = readJsonObject(json);
  if (read.fault !== null) throw bad(read.fault);
  const { version, methods: named, cells } = read.value;
  if (version !== 1)
    throw bad(`is of version ${JSON.stringify(version) ?? "none"}, and this program reads 1`);
  const methods = list(named, "methods").map((name, i) => text(name, `methods.${i}`));
  if (new Set(methods).size < methods.length) throw bad("names a method twice");
  if (methods.length > MOST_METHODS)
    throw bad(`has ${methods.length} methods, and people rank ${MOST_METHODS} at most`);
  const all = list(cells, "cells").map((value, i): RankCell => {
    const place = `cells.${i}`;
    const cell = object(value, place);
    const results = Object.entries(object(cell.results, `${place}.results`)).map(([method, result]) => {
      const at = `${place}.results.${method}`;
      if (!methods.includes(method)) throw bad(`has a result of a method that it does not name, at ${at}`);
      return [method, below(folder, object(result, at).frames, `${at}.frames`)] as const;
    });
    return {
      clip: text(cell.clip, `${place}.clip`),
      edit: text(cell.edit, `${place}.edit`),
      source: text(cell.source, `${place}.source`),
      target: text(cell.target, `${place}.target`),
      sourceFrames: below(folder, cell.sourceFrames, `${place}.sourceFrames`),
      results: Object.fromEntries(results),
    };
  });
  const ranked = all.filter(({ results }) => Object.keys(results).length > 1);
  if (ranked.length === 0) throw bad("has no edit with results of two methods, so there is nothing to rank");
  for (const { sourceFrames, results } of ranked) {
    for (const path of [sourceFrames, ...Object.values(results)]) {
      const info = await stat(path).catch(() => null);
      if (!info?.isDirectory()) throw bad(`names "${path}", which is no folder of frames`);
    }
  }
  return { methods, cells: ranked, leftOut: all.length - ranked.length };
}
