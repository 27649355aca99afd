import { access, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { compareCase, missesOf } from "./case.ts";
import { compareCheckpoints } from "./checkpoints/index.ts";
import { compareMetrics, metricsRuns } from "./metrics/index.ts";
import { compareNullText, nullTextRuns } from "./null-text/index.ts";
import { formatCase } from "./report.ts";
import { compareTuning, tuningRuns } from "./tune/index.ts";

const LEGEND = `Drift is not judged: rounding grows from step to step. In brackets: how far a change of the first latents' last
digit carries our own inversion away from itself.
`;

/** Names of the cases in `edit/`; companion files are none. */
async function casesIn(root: string, wanted: readonly string[]): Promise<string[]> {
  const files = await readdir(join(root, "edit"));
  return files
    .filter((file) => file.endsWith(".safetensors") && !file.endsWith(".temporal.safetensors"))
    .map((file) => file.slice(0, -".safetensors".length))
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .sort();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Compares the cases of a folder, all or those wanted, and prints a table for each and a last line. Returns the number
 * of misses; a folder without cases is one.
 */
export async function compareFolder(
  folder: string,
  wanted: readonly string[],
  print: (text: string) => void,
): Promise<number> {
  const root = resolve(folder);
  let names: string[] = [];
  let misses = 0;
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const runs = [
    ...(await tuningRuns(root)).map((name) => ({ name, compare: compareTuning })),
    ...(await nullTextRuns(root)).map((name) => ({ name, compare: compareNullText })),
    ...(await metricsRuns(root)).map((name) => ({ name, compare: compareMetrics })),
  ].filter(({ name }) => isWanted(name));
  try {
    if (runs.length === 0 || (await exists(join(root, "edit")))) names = await casesIn(root, wanted);
    if (names.length === 0 && runs.length === 0) throw new Error(`${join(root, "edit")} holds no cases`);
  } catch (cause) {
    print(`MISS  ${cause instanceof Error ? cause.message : cause}\n`);
    misses++;
  }
  for (const name of names) {
    const result = await compareCase(root, join(root, "edit", `${name}.safetensors`));
    misses += missesOf(result);
    print(formatCase(name, result));
  }
  if (names.length > 0) print(LEGEND);
  if (wanted.length === 0 && (await exists(join(root, "checkpoints", "expected.safetensors")))) {
    const result = await compareCheckpoints(root);
    misses += missesOf(result);
    print(formatCase("checkpoints", result));
  }
  for (const { name, compare } of runs) {
    const result = await compare(root, name);
    misses += missesOf(result);
    print(formatCase(name, result));
  }
  print(`${names.length + runs.length} cases, ${misses} misses`);
  return misses;
}
