import type { Command } from "@commander-js/extra-typings";
import { runQuery, runSession } from "../terminal/session.ts";
import { loading } from "./loading.ts";
import { addModelsCommand } from "./models/commands.ts";
import * as option from "./options.ts";

/** The commands that carry out no request: they tell of what is kept, of files, of models and of the machine. */
export function addOtherCommands(program: Command): void {
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
      .addOption(option.jsonAnswer)
      .addOption(option.debug)
      .addHelpOption(option.help)
      .action((options) => runQuery(options, async () => (await import("./cache.ts"))[run]()));
  }

  program
    .command("show")
    .summary("tell how a file was made, as a command line that makes it again")
    .description(
      "Reads what fatezero wrote into FILE, a result or a saved inversion, or into a picture beside one, and prints it as a shell script.",
    )
    .argument(
      "<file>",
      "a result, a folder of images, a picture of --preview or the like, or a saved inversion",
    )
    .addOption(option.jsonAnswer)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((file, options) =>
      runQuery(options, async () => (await import("../../job/show.ts")).showCommand(file)),
    );

  addModelsCommand(program);

  program
    .command("devices")
    .summary("probe what can compute here, and tell which is taken")
    .description(
      "Opens each device that this system may have, compares what it computes with float64 and with the processor, times it, and tells which one --device auto takes. Later runs use what was found.",
    )
    .addOption(option.jsonAnswer)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((options) =>
      runQuery(options, async (session) => (await import("./devices.ts")).devicesCommand(session.signal)),
    );

  program
    .command("doctor")
    .summary("check that this machine can do the work")
    .description(
      "Checks Node, the runtime, codecs, memory and disk, and compares a short run with expected numbers.",
    )
    .addOption(option.json)
    .addOption(option.quiet)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((options) =>
      runSession(options, async (session) =>
        (await loading(session, () => import("../../job/doctor/doctor.ts"))).doctorCommand(session),
      ),
    );

  program
    .command("completion")
    .summary("print a shell's completion script")
    .description("Prints a script that completes commands and options: source <(fatezero completion bash)")
    .addArgument(program.createArgument("<shell>", "whose").choices(["bash", "zsh", "fish"] as const))
    .addHelpOption(option.help)
    .action((shell) =>
      runQuery({}, async () => (await import("./completion.ts")).completionScript(program, shell)),
    );
}
