import { Command } from "@commander-js/extra-typings";
import { version } from "../version.node.ts";
import {
  EDIT_EXAMPLES,
  EXAMPLES,
  INVERT_EXAMPLES,
  MAPS_EXAMPLES,
  RUN_EXAMPLES,
} from "./commands/examples.ts";
import * as modelFlag from "./commands/model-flags.ts";
import { addModelsCommand } from "./commands/models/commands.ts";
import * as option from "./commands/options.ts";
import { runQuery, runSession } from "./terminal/session.ts";

/** What commander says of a wrong command line, with a hint where it does not help by itself. */
function explainUsage(text: string, others: readonly { readonly long?: string | undefined }[] = []): string {
  const said = text.trimEnd();
  if (/too many arguments/.test(said)) return `${said} A sentence needs quotes: -s "a red car".\n`;
  const [, unknown] = /unknown option '(--[a-z-]+)/.exec(said) ?? [];
  if (unknown !== undefined && others.some(({ long }) => long === unknown))
    return `${said}: it belongs to "fatezero edit".\n`;
  return text;
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

  const edit = program
    .command("edit")
    .summary("edit a video, a folder of images or a saved inversion")
    .description(
      "Edits INPUT so that it shows the target instead of the source. Words that differ say what changes; all else is kept.",
    )
    .argument(
      "<input>",
      "a video, a folder of images (one per frame, by name), or a saved inversion (.safetensors)",
    )
    .addOption(option.source)
    .addOption(option.target)
    .addOption(option.negative)
    .addOption(option.editOutput)
    .addOption(option.noAudio)
    .addOption(option.preview)
    .addOption(option.compare)
    .addOption(option.saveMaps)
    .addOption(option.mapsEvery)
    .addOption(option.saveLatents)
    .addOption(option.frames)
    .addOption(option.start)
    .addOption(option.stride)
    .addOption(option.from)
    .addOption(option.to)
    .addOption(option.crop)
    .addOption(option.background)
    .addOption(option.size)
    .addOption(option.fps)
    .addOption(option.preset)
    .addOption(option.strength)
    .addOption(option.selfSteps)
    .addOption(option.crossSteps)
    .addOption(option.maskWords)
    .addOption(option.maskFrom)
    .addOption(option.maskThreshold)
    .addOption(option.latentBlend)
    .addOption(option.noLatentBlend)
    .addOption(option.amplify)
    .addOption(option.guidance)
    .addOption(modelFlag.model)
    .addOption(modelFlag.lora)
    .addOption(modelFlag.embedding)
    .addOption(modelFlag.vae)
    .addOption(modelFlag.variant)
    .addOption(modelFlag.prediction)
    .addOption(modelFlag.ema)
    .addOption(option.steps)
    .addOption(option.attend)
    .addOption(option.compat)
    .addOption(option.noResume)
    .addOption(option.printConfig)
    .addOption(option.json)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", EDIT_EXAMPLES)
    .action(async (input, options) => {
      if (options.printConfig) {
        const { printConfig } = await import("../job/print-config.ts");
        return await runQuery(options, (session) => printConfig(input, options, session));
      }
      await runSession(options, async (session) => {
        if (options.preview) {
          const { previewCommand } = await import("../job/preview.ts");
          return previewCommand(input, options, session);
        }
        const { editCommand } = await import("../job/edit.ts");
        return editCommand(input, options, session);
      });
    });

  program
    .command("invert")
    .configureOutput({ outputError: (text, write) => write(explainUsage(text, edit.options)) })
    .summary("invert a video once, to edit it many times")
    .description(
      "Inverts INPUT and saves what edits need. `fatezero edit` of the file skips the inversion, for any target.",
    )
    .argument("<input>", "a video, or a folder of images (one per frame, by name)")
    .addOption(option.clipSource)
    .addOption(option.inversionOutput)
    .addOption(option.saveMaps)
    .addOption(option.mapsEvery)
    .addOption(option.frames)
    .addOption(option.start)
    .addOption(option.stride)
    .addOption(option.from)
    .addOption(option.to)
    .addOption(option.crop)
    .addOption(option.background)
    .addOption(option.size)
    .addOption(option.fps)
    .addOption(modelFlag.clipModel)
    .addOption(modelFlag.lora)
    .addOption(modelFlag.embedding)
    .addOption(modelFlag.vae)
    .addOption(modelFlag.variant)
    .addOption(modelFlag.prediction)
    .addOption(modelFlag.ema)
    .addOption(option.steps)
    .addOption(option.attend)
    .addOption(option.compat)
    .addOption(option.noResume)
    .addOption(option.json)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", INVERT_EXAMPLES)
    .action(async (input, options) => {
      await runSession(options, async (session) => {
        const { invertCommand } = await import("../job/invert.ts");
        return invertCommand(input, options, session);
      });
    });

  program
    .command("run")
    .summary("run a config file of the paper's code: all its prompts from one inversion")
    .description(
      "Edits a clip as CONFIG says, a YAML file of the paper's released code, to the number; or one of --print-config.",
    )
    .argument("<config>", "the YAML file")
    .addOption(option.runOutput)
    .addOption(modelFlag.runModel)
    .addOption(modelFlag.lora)
    .addOption(modelFlag.embedding)
    .addOption(modelFlag.vae)
    .addOption(modelFlag.variant)
    .addOption(modelFlag.prediction)
    .addOption(modelFlag.ema)
    .addOption(option.runInput)
    .addOption(option.runFrames)
    .addOption(option.runSize)
    .addOption(option.noResume)
    .addOption(option.json)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (config, options) => {
      await runSession(options, async (session) => {
        const { runCommand } = await import("../job/run/run.ts");
        return runCommand(config, options, session);
      });
    });

  program
    .command("maps")
    .configureOutput({ outputError: (text, write) => write(explainUsage(text, edit.options)) })
    .summary("show what each word stands for, without any edit")
    .description(
      "Draws where in INPUT the model sees each word of the source: a picture of all words, and one per word with single steps.",
    )
    .argument("<input>", "a video, a folder of images, or a saved inversion (.safetensors)")
    .addOption(option.source)
    .addOption(option.mapsOutput)
    .addOption(option.everyStep)
    .addOption(option.frames)
    .addOption(option.start)
    .addOption(option.stride)
    .addOption(option.from)
    .addOption(option.to)
    .addOption(option.crop)
    .addOption(option.background)
    .addOption(option.size)
    .addOption(option.fps)
    .addOption(modelFlag.model)
    .addOption(modelFlag.lora)
    .addOption(modelFlag.embedding)
    .addOption(modelFlag.vae)
    .addOption(modelFlag.variant)
    .addOption(modelFlag.prediction)
    .addOption(modelFlag.ema)
    .addOption(option.mapsSteps)
    .addOption(option.attend)
    .addOption(option.compat)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", MAPS_EXAMPLES)
    .action(async (input, options) => {
      await runSession(options, async (session) => {
        const { mapsCommand } = await import("../job/maps.ts");
        return mapsCommand(input, options, session);
      });
    });

  const cache = program
    .command("cache")
    .summary("look at or remove what earlier runs keep")
    .description(
      "Runs keep their state so that they can go on after a stop, and inversions so that the next edit of a clip need not make them again. FATEZERO_CACHE is where, FATEZERO_CACHE_LIMIT how much (2G).",
    )
    .addHelpOption(option.help);
  for (const [name, summary, run] of [
    ["list", "tell what is kept, newest first", "listCache"],
    ["clear", "remove it all", "clearCache"],
    ["path", "print the folder", "cachePath"],
  ] as const) {
    cache
      .command(name)
      .description(summary)
      .addOption(option.debug)
      .addHelpOption(option.help)
      .action((options) => runQuery(options, async () => (await import("./commands/cache.ts"))[run]()));
  }

  program
    .command("show")
    .summary("tell how a file was made, as a command line that makes it again")
    .description(
      "Reads what fatezero wrote into FILE, a result or a saved inversion, and prints it as a shell script.",
    )
    .argument("<file>", "a result, a folder of images or a saved inversion")
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((file, options) =>
      runQuery(options, async () => (await import("../job/show.ts")).showCommand(file)),
    );

  addModelsCommand(program);

  program
    .command("doctor")
    .summary("check that this machine can do the work")
    .description(
      "Checks Node, the runtime, codecs, memory and disk, and compares a short run with expected numbers.",
    )
    .addOption(option.json)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((options) =>
      runSession(options, async (session) =>
        (await import("../job/doctor/doctor.ts")).doctorCommand(session),
      ),
    );

  program
    .command("completion")
    .summary("print a shell's completion script")
    .description("Prints a script that completes commands and options: source <(fatezero completion bash)")
    .addArgument(program.createArgument("<shell>", "whose").choices(["bash", "zsh", "fish"] as const))
    .addHelpOption(option.help)
    .action((shell) =>
      runQuery({}, async () => (await import("./commands/completion.ts")).completionScript(program, shell)),
    );

  return program;
}
