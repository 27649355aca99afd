/**
 * Tries to break the program: random cases of every kind of bad input and bad luck, on the loopback and in a temporary folder
 * only. Prints cases and faults by kind; the exit code is 1 where there is a fault. A fault's line makes it again.
 *
 *     npm run torture [-- [KIND …] [--seconds N] [--cases N] [--seed N]]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, torture } from "./harness.ts";
import { KINDS } from "./kinds/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "300" },
    cases: { type: "string" },
    seed: { type: "string" },
  },
});
const wanted = positionals.join(" ");
const kinds = KINDS.map(([kind]) => kind).filter(({ name }) => wanted === "" || wanted.includes(name));
if (kinds.length === 0)
  throw new Error(`There is no kind "${wanted}": ${KINDS.map(([{ name }]) => name).join(", ")}.`);
// One fault made again is one case.
const cases = Number(values.cases ?? (values.seed === undefined ? 1_000_000 : 1));
const seed = Number(values.seed ?? Date.now() % 1e9);
const share = (Number(values.seconds) * 1000) / kinds.length;
const folder = await mkdtemp(join(tmpdir(), "fatezero-torture-"));
const outcomes: Outcome[] = [];
try {
  console.log(`seed ${seed}, ${Number(values.seconds)} s`);
  for (const kind of kinds) {
    const outcome = await torture(kind, folder, { cases, until: Date.now() + share, seed });
    outcomes.push(outcome);
    console.log(
      `${outcome.kind.padEnd(18)} ${String(outcome.cases).padStart(7)} cases  ${String(outcome.refused).padStart(7)} refused  ${String(outcome.faults.length).padStart(4)} faults`,
    );
    for (const fault of outcome.faults.slice(0, 10)) console.log(`  ${fault}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, one) => all + of(one), 0);
console.log(`${sum(({ cases: n }) => n)} cases, ${sum(({ faults }) => faults.length)} faults`);
process.exit(sum(({ faults }) => faults.length) > 0 ? 1 : 0);
