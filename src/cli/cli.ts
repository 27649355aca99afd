#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings";
import { usageError } from "../job/usage.ts";
import { createProgram } from "./program.ts";
import { survivePipeClosing } from "./terminal/closed-pipe.ts";
import { USAGE_EXIT_CODE } from "./terminal/exit-code.ts";

survivePipeClosing();
try {
  await createProgram().parseAsync();
} catch (error) {
  // Help and version end this way too, with exit code 0.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  if (error.exitCode !== 0 && process.argv.includes("--json")) {
    const { createJsonReporter } = await import("./terminal/json-reporter.ts");
    const message = error.message.replace(/^error: /, "");
    createJsonReporter(process.stdout).fail(usageError(message, "See --help."));
  }
}
