import { CommanderError } from "@commander-js/extra-typings";
import { FateZeroError } from "../errors.ts";
import { createProgram } from "./program.ts";
import { createJsonReporter } from "./terminal/json-reporter.ts";
import { USAGE_EXIT_CODE } from "./terminal/session.ts";

/** The program: reads the command line, and does what it says. Importing it runs it. */

// A reader that goes away (`| head -1`) or a full disk is no reason to fail, nor to lose the work.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Help and version end this way too, with exit code 0.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  if (error.exitCode !== 0 && process.argv.includes("--json")) {
    const message = error.message.replace(/^error: /, "");
    createJsonReporter(process.stdout).fail(new FateZeroError("usage", message, "See --help."));
  }
}
