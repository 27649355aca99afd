import type { Command } from "@commander-js/extra-typings";
import { MODEL, type ModelOptions, pickFields } from "../../../request/index.ts";
import { runQuery, runSession } from "../../terminal/session.ts";
import { loading } from "../loading.ts";
import * as option from "../options.ts";

/** `fatezero models` and what stands below it. As everywhere, nothing of the library is loaded before one runs. */
export function addModelsCommand(program: Command): void {
  const models = program
    .command("models")
    .summary("tell which models are there, get and remove others")
    .description(
      "Lists models, or downloads those of the Hugging Face hub into its cache, which Python's tools share. HF_HOME says where that is, HF_TOKEN who asks, HF_ENDPOINT whom, HF_HUB_OFFLINE=1 that nobody is asked.",
    )
    .addHelpOption(option.help);

  models
    .command("list", { isDefault: true })
    .description(
      "list the models that come with the program and the cached ones, or describe one, or those in a folder",
    )
    .argument("[model]", "its name or owner/name, its folder or file, or a folder with some")
    .addOption(option.jsonAnswer)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((name, options) => runQuery(options, async () => (await import("./list.ts")).listModels(name)));

  const [variant] = option.optionsOf("variant", "edit");
  models
    .command("pull")
    .description("download models, or go on where an earlier download ended, and print their folders")
    .argument("<id...>", "owner/name of a Stable Diffusion 1.x/2.x model or VAE, or owner/name@revision")
    .addOption(variant!)
    .addOption(option.json)
    .addOption(option.quiet)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((ids, options) =>
      runSession(options, async (session) => {
        const { pullModels } = await loading(session, () => import("./pull.ts"));
        return pullModels(ids, pickFields(MODEL, options as ModelOptions), session);
      }),
    );

  models
    .command("rm")
    .description("remove a model from the cache")
    .argument("<id>", "owner/name")
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((id, options) => runQuery(options, async () => (await import("./cached.ts")).removeModel(id)));

  models
    .command("path")
    .description("print the folder of a model that is in the cache")
    .argument("<id>", "owner/name, or owner/name@revision")
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((id, options) => runQuery(options, async () => (await import("./cached.ts")).modelPath(id)));

  models
    .command("verify")
    .description("check the files of a cached model by their hashes, or that a folder has all weights")
    .argument("<model>", "owner/name, a folder or file, or tinytown")
    .addOption(option.json)
    .addOption(option.quiet)
    .addOption(option.debug)
    .addHelpOption(option.help)
    .action((name, options) =>
      runSession(options, async (session) =>
        (await loading(session, () => import("./verify.ts"))).verifyModel(name, session),
      ),
    );
}
