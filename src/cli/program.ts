import { readFileSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { EDIT_EXAMPLES, EXAMPLES, INVERT_EXAMPLES } from "./examples.ts";
import * as option from "./options.ts";
import { runSession } from "./session.ts";

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

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
    .addOption(option.model)
    .addOption(option.steps)
    .addOption(option.attend)
    .addOption(option.compat)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", EDIT_EXAMPLES)
    .action(async (input, options) => {
      await runSession(options, async (session) => {
        const { editCommand } = await import("./edit-command.ts");
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
    .addOption(option.frames)
    .addOption(option.start)
    .addOption(option.stride)
    .addOption(option.from)
    .addOption(option.to)
    .addOption(option.crop)
    .addOption(option.background)
    .addOption(option.size)
    .addOption(option.fps)
    .addOption(option.clipModel)
    .addOption(option.steps)
    .addOption(option.attend)
    .addOption(option.compat)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .addHelpText("after", INVERT_EXAMPLES)
    .action(async (input, options) => {
      await runSession(options, async (session) => {
        const { invertCommand } = await import("./invert-command.ts");
        return invertCommand(input, options, session);
      });
    });

  return program;
}
