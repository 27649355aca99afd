#!/usr/bin/env node
// By itself, so that a system that has no open files left for the program's own is told of, instead of Node's trace.
try {
  await import("./main.ts");
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EMFILE" && code !== "ENFILE") throw error;
  process.stderr.write(
    `error: fatezero cannot be loaded: the system gives it no more open files (${code}). Raise the limit (ulimit -n 1024), or end other programs that hold many files open.\n`,
  );
  process.exitCode = 1;
}
