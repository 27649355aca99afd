#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings";
import { createProgram } from "./program.ts";
import { USAGE_EXIT_CODE } from "./usage.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  // Help and version end this way too, with exit code 0.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
}
