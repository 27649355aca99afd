/** A system that gives the program too few open files: told as that, wherever it happens. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProgram } from "../support/built.ts";

const CLI = join(await builtProgram(), "cli", "cli.js");
const PLAN = ["plan", "-s", "a red car on a road", "-t", "a blue car on a road"];

/** Runs the program where it may have only so many files open: the shell's limit holds for what the shell becomes. */
function runWith(files: number): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const script = `ulimit -n ${files}; exec "$0" "$@"`;
  return new Promise((resolve) => {
    execFile("sh", ["-c", script, process.execPath, CLI, ...PLAN], (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

// Windows has no limit of this kind.
test.skipIf(process.platform === "win32").each([24, 40, 64, 100, 130])("%d open files", async (files) => {
  const { code, stderr } = await runWith(files);
  // How many files Node has open while it loads the program is a matter of chance; that these are too few is not.
  if (files > 24 && code === 0) return;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*no more open files.*Raise the limit \(ulimit -n 1024\)/m);
  expect(stderr).not.toContain("fault of the program");
  expect(stderr).not.toMatch(/\n {4}at /);
});
