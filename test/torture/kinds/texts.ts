import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requestOf } from "../../../src/cli/commands/options.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { readConfig } from "../../../src/config/index.ts";
import { planEdit } from "../../../src/edit/index.ts";
import { FateZeroError } from "../../../src/errors.ts";
import { pairsOfFile } from "../../../src/job/plan-pairs.ts";
import { quoteArgument } from "../../../src/job/quote.ts";
import { openPlanningModel } from "../../../src/pipeline/index.node.ts";
import { isPrintable, printable, printableData, printableJson } from "../../../src/printable.ts";
import { ALL_FIELDS, type FieldKey, flagOf } from "../../../src/request/index.ts";
import { fixture } from "../../support/fixtures.ts";
import { Fault, type Kind } from "../harness.ts";
import type { Random } from "../random.ts";

const WORDS =
  "a red blue car bus on under the road sky watercolor painting of silver jeep , . and without is".split(" ");

/** A sentence of words and of what is no word. */
function sentence(random: Random): string {
  const length = random.next() < 0.05 ? 2000 : 1 + random.below(14);
  return Array.from({ length }, () =>
    random.next() < 0.85 ? random.pick(WORDS) : random.text(1 + random.below(5)),
  ).join(" ");
}

/** Pairs of sentences, planned. */
export const PROMPTS: Kind = {
  name: "prompts",
  async run(random) {
    const model = await openPlanningModel();
    const [source, target] = [sentence(random), sentence(random)];
    const options =
      random.next() < 0.3 ? { strength: random.next(), amplify: [[random.text(2), random.next() * 3]] } : {};
    const { plan } = await planEdit(
      model,
      { prompt: source, steps: 1 + random.below(60) },
      {
        prompt: target,
        ...(options as object),
      },
    );
    if (!isPrintable(printable(plan.explanation))) throw new Fault("an explanation that a terminal obeys");
    return `${source} → ${target}`;
  },
};

const CONFIGS = ["released/shape.yaml", "released/style.yaml", "released/tune.yaml"].map((name) =>
  fixture(name),
);

/** Configs with lines changed, moved, doubled, or made of anything. */
export const CONFIG_TEXT: Kind = {
  name: "configs",
  async run(random) {
    const lines = (await readFile(random.pick(CONFIGS), "utf8")).split("\n");
    for (let times = 1 + random.below(4); times > 0; times--) {
      const at = random.below(lines.length);
      const line = lines[at]!;
      const changed = [
        `${line.split(":")[0]}: ${random.text(1 + random.below(6))}`,
        `${line}${random.text(3)}`,
        ` ${line}`,
        `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]`,
        `${line.split(":")[0]}: \${${random.pick(lines).trim().split(":")[0]}}`,
        `${line.split(":")[0]}: ${random.pick(["1e308", ".inf", ".nan", "-1", "[]", "{}", "~", "true", "-0.0", "'x'"])}`,
        "[".repeat(random.pick([3, 300, 30_000])),
      ];
      lines.splice(at, random.below(2), random.pick(changed));
    }
    readConfig(lines.join("\n"), "config.yaml");
    return "config";
  },
};

/** Files of pairs of prompts that hold anything. */
export const PAIRS: Kind = {
  name: "pairs",
  async run(random, folder) {
    const file = join(folder, "pairs.json");
    const any = (depth: number): unknown =>
      random.pick<() => unknown>([
        () => random.text(5),
        () => ({ source: sentence(random), target: sentence(random) }),
        () => random.next() * 1e9,
        () => (depth > 0 ? [any(depth - 1), any(depth - 1)] : null),
        () => ({ [random.text(1)]: depth > 0 ? any(depth - 1) : true }),
      ])();
    const json = JSON.stringify(any(3));
    const text = random.pick([
      json,
      json.slice(1),
      `${"[".repeat(random.pick([2, 50_000]))}${json}`,
      random.text(20),
    ]);
    await writeFile(file, text);
    await pairsOfFile(file, {});
    return text.slice(0, 100);
  },
};

/** Command lines of options with any values. */
export const OPTIONS: Kind = {
  name: "options",
  async run(random) {
    const kind = random.pick(["edit", "invert", "maps", "run", "plan"] as const);
    const program = createProgram();
    const command = program.commands.find((one) => one.name() === kind)!;
    command.action(() => void requestOf(command, kind));
    for (const one of [program, command])
      one.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    const keys = Object.keys(ALL_FIELDS) as FieldKey[];
    const args = Array.from({ length: random.below(8) }, () => {
      const flag = flagOf(random.pick(keys), kind);
      const value = random.pick([
        "1",
        "0.5",
        "-1",
        "1e999",
        "NaN",
        "0x10",
        "a:b",
        "none",
        "",
        random.text(3),
      ]);
      return [flag, value].slice(0, 1 + random.below(2));
    }).flat();
    try {
      await program.parseAsync([kind, ...args], { from: "user" });
    } catch (error) {
      const isUsage = (error as { code?: string }).code?.startsWith("commander.") ?? false;
      if (!isUsage) throw error;
    }
    return args.join(" ");
  },
};

/** Anything that is printed. */
export const PRINTED: Kind = {
  name: "printed text",
  async run(random) {
    const text = random.text(random.below(200));
    const json = printableJson({ text });
    if ((JSON.parse(json) as { text: string }).text !== text) throw new Fault("JSON that is something else");
    const error = new FateZeroError("bad-size", text, text);
    for (const shown of [printable(text), json, quoteArgument(text), printable(error.message)])
      if (!isPrintable(shown)) throw new Fault(`a terminal obeys ${JSON.stringify(shown)}`);
    if (
      Object.values(printableData({ text, list: [text] })).some(
        (value) => typeof value === "string" && !isPrintable(value),
      )
    )
      throw new Fault("data that a terminal obeys");
    return text;
  },
};
