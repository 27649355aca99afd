import { Command } from "@commander-js/extra-typings";
import { printableMessage } from "../printable.ts";
import {
  commandOf,
  configNames,
  fieldsOf,
  flagNames,
  flagOf,
  type RequestKind,
  type Requests,
} from "../request/index.ts";
import { version } from "../version.node.ts";
import { addBenchCommand, BENCH_ABOUT, BENCH_KINDS, BENCH_RUN, type BenchOptions } from "./commands/bench.ts";
import {
  DESCRIBE_EXAMPLES,
  EDIT_EXAMPLES,
  EVAL_EXAMPLES,
  EXAMPLES,
  INVERT_EXAMPLES,
  MAPS_EXAMPLES,
  PLAN_EXAMPLES,
  RUN_EXAMPLES,
  TUNE_EXAMPLES,
} from "./commands/examples.ts";
import { loading } from "./commands/loading.ts";
import * as option from "./commands/options.ts";
import { addOtherCommands } from "./commands/others.ts";
import { runQuery, runSession, type SessionOptions } from "./terminal/session.ts";

/** What commander says of a wrong command line, with a hint where it does not help by itself. */
function explainUsage(text: string): string {
  const said = printableMessage(text.trimEnd()).replace("\\n(Did you mean", "\n(Did you mean");
  if (/too many arguments/.test(said)) return `${said} A sentence needs quotes: -s "a red car".\n`;
  const [, unknown] = /unknown option '(--[a-z-]+)/.exec(said) ?? [];
  const owner = unknown && [...REQUEST_KINDS, ...BENCH_KINDS].find((kind) => hasFlag(kind, unknown));
  return `${said}${owner ? `: it belongs to "fatezero ${commandOf(owner).join(" ")}".` : ""}\n`;
}

const REQUEST_KINDS = [
  "edit",
  "invert",
  "run",
  "maps",
  "tune",
  "eval",
  "describe",
  "plan",
] as const satisfies readonly RequestKind[];

const hasFlag = (kind: RequestKind, flag: string): boolean =>
  fieldsOf(kind).some(([key, { off }]) => flagOf(key, kind) === flag || off?.flag === flag);

/** The commands that carry out a request. */
const ABOUT: Readonly<
  Record<RequestKind, { readonly summary: string; readonly description: string; readonly examples: string }>
> = {
  edit: {
    summary: "edit a video, a folder of images or a saved inversion",
    description:
      "Edits INPUT so that it shows the target instead of the source. Words that differ say what changes; all else is kept.",
    examples: EDIT_EXAMPLES,
  },
  invert: {
    summary: "invert a video once, to edit it many times",
    description:
      "Inverts INPUT and saves what edits need. `fatezero edit` of the file skips the inversion, for any target.",
    examples: INVERT_EXAMPLES,
  },
  run: {
    summary: "run a config file of the paper's code: all its prompts from one inversion",
    description:
      "Edits a clip as CONFIG says, a YAML file of the paper's released code, to the number; or one of --print-config.",
    examples: RUN_EXAMPLES,
  },
  maps: {
    summary: "show what each word stands for, without any edit",
    description:
      "Draws where in INPUT the model sees each word of the source: a picture of all words, and one per word with single steps.",
    examples: MAPS_EXAMPLES,
  },
  tune: {
    summary: "tune a model on a clip, for edits that change shapes",
    description:
      "Tunes a model on INPUT, so that it knows the clip's shapes and motion (Tune-A-Video), and writes it as a model that edit takes.",
    examples: TUNE_EXAMPLES,
  },
  eval: {
    summary: "measure an edit: what changed, what was kept, how steady it is",
    description:
      "Measures EDITED, an edit of SOURCE: CLIP's scores by the two sentences, PSNR, SSIM and colour of what was to be kept and of a perfect edit, and how steady it is over time.",
    examples: EVAL_EXAMPLES,
  },
  describe: {
    summary: "say in a sentence what a clip shows, as the source of an edit does",
    description:
      "Describes INPUT by a captioning BLIP, or by the sentences that a model was taught, and prints the sentence. An edit does the same where its source is left out.",
    examples: DESCRIBE_EXAMPLES,
  },
  plan: {
    summary: "tell how two sentences are read, and what follows, without a video",
    description:
      "Tells what an edit from the source to the target would be: its kind, which words follow which, the words of its mask, its preset and every setting. Needs no video and no model.",
    examples: PLAN_EXAMPLES,
  },
  ...BENCH_ABOUT,
};

interface RequestOptions extends BenchOptions {
  readonly printConfig?: boolean | undefined;
}

async function runEdit(request: Requests["edit"], options: RequestOptions): Promise<void> {
  if (options.printConfig) {
    const { printConfig } = await import("../job/print-config.ts");
    return runQuery(options, (session) => printConfig(request, session));
  }
  return runSession(options, async (session) => {
    if (request.preview)
      return (await loading(session, () => import("../job/preview.ts"))).previewJob(request, session);
    const { editJob } = await loading(session, () => import("../job/edit.ts"));
    const { output, results, failed } = await editJob(request, session);
    // The others are there, and what is missing was told.
    if (failed > 0) process.exitCode = 1;
    return { output, text: [...results, output].join("\n") };
  });
}

function runPlan(request: Requests["plan"], options: SessionOptions): Promise<void> {
  return runQuery(options, async (session) => {
    const { planPrompts } = await import("../job/plan-prompts.ts");
    const { writePlans } = await import("./commands/plan.ts");
    const plans = await planPrompts(request, session);
    if (plans.some((plan) => "error" in plan)) process.exitCode = 1;
    return writePlans(plans, options.json ?? false);
  });
}

/** What each request's command does. */
const RUN: { readonly [K in RequestKind]: (request: Requests[K], options: RequestOptions) => Promise<void> } =
  {
    edit: runEdit,
    invert: (request, options) =>
      runSession(options, async (session) =>
        (await loading(session, () => import("../job/invert.ts"))).invertJob(request, session),
      ),
    run: (request, options) =>
      runSession(
        options,
        async (session) =>
          (await loading(session, () => import("../job/run/run.ts"))).runJob(request, session),
        configNames(request),
      ),
    maps: (request, options) =>
      runSession(options, async (session) =>
        (await loading(session, () => import("../job/maps.ts"))).mapsJob(request, session),
      ),
    tune: (request, options) =>
      runSession(
        options,
        async (session) =>
          (await loading(session, () => import("../job/tune/tune.ts"))).tuneJob(request, session),
        flagNames("tune"),
      ),
    eval: (request, options) =>
      runQuery(
        options,
        async (session) => {
          const { evalJob } = await import("../job/eval/eval.ts");
          const { writeEvaluation } = await import("./commands/eval.ts");
          return writeEvaluation(await evalJob(request, session), options.json ?? false);
        },
        { tellsPhases: true },
      ),
    describe: (request, options) =>
      runQuery(
        options,
        async (session) => {
          const { describeJob } = await import("../job/describe.ts");
          const { descriptionAnswer } = await import("./commands/describe.ts");
          return descriptionAnswer(await describeJob(request, session));
        },
        { tellsPhases: true },
      ),
    plan: runPlan,
    ...BENCH_RUN,
  };

/** Adds the command of a request to the program, or to a group of its commands. */
function addRequestCommand<K extends RequestKind>(group: Command, kind: K): void {
  const { summary, description, examples } = ABOUT[kind];
  const command = group.command(kind).summary(summary).description(description);
  option.addFields(command, kind);
  if (kind === "edit") command.addOption(option.printConfig);
  if (kind === "rank" || kind === "table1") command.addOption(option.markdown);
  const isQuery = kind === "plan" || kind === "eval" || kind === "describe" || kind === "rank";
  if (!isQuery) command.addOption(option.quiet);
  command
    .addOption(kind === "plan" ? option.planJson : isQuery ? option.jsonAnswer : option.json)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", examples)
    .action(() => RUN[kind](option.requestOf(command, kind), command.opts() as RequestOptions));
}

/** The command line. Nothing of the library is loaded before a command runs, so that help comes at once. */
export function createProgram(): Command {
  const program = new Command("fatezero")
    .description(
      "Edits a video by two sentences: one that says what it shows, one that says what it shall show.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(explainUsage(text)) })
    .exitOverride();

  for (const kind of REQUEST_KINDS) addRequestCommand(program, kind);
  addBenchCommand(program, addRequestCommand);

  addOtherCommands(program);
  return program;
}
