import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { childrenOf, isAlive, namesIn, SOURCE, startCli, TARGET, toyClip, workFolder } from "./run-cli.ts";

// Windows has no signals that a program may catch from another.
describe.skipIf(process.platform === "win32")("a run that is stopped", async () => {
  const folder = await workFolder();
  const clip = await toyClip(folder);
  const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", join(folder, "out.mp4"), "--steps", "200"];

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends it promptly and leaves nothing", async (signal, code) => {
    const run = startCli(args);
    await run.said("Inverting  200 steps");
    const children = await childrenOf(run.child.pid!);
    expect(children.length).toBeGreaterThan(0);
    run.child.kill(signal);
    const { stderr, stdout, code: exitCode } = await run.ended;
    // Promptly: the inversion that was at work is not brought to its end.
    expect(stderr).not.toContain("Inverting  200 steps in");
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toMatch(/\nstopped\n$/);
    // A killed process takes a moment to go, more so on a busy machine.
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000 });
    expect(await namesIn(folder)).toEqual(["clip"]);
  });

  // A read that never comes back holds a thread, which no process may wait for.
  test.each([
    ["edit", ["-s", SOURCE, "-t", TARGET, "-o", "never.mp4"], "Opening"],
    ["invert", ["-s", SOURCE, "-o", "never.safetensors"], "Opening"],
    ["run", ["-o", "never"], "Starting"],
  ] as const)("ends although it reads what nobody writes: %s", async (command, rest, said) => {
    const pipes = await workFolder();
    const input = join(pipes, command === "run" ? "pipe.yaml" : "pipe.mp4");
    await promisify(execFile)("mkfifo", [input]);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const run = startCli([
        command,
        input,
        ...rest.map((arg) => (arg.startsWith("never") ? join(pipes, arg) : arg)),
      ]);
      await run.said(said);
      run.child.kill(signal);
      const { code, signal: by, stderr } = await run.ended;
      expect(by ?? code).toBe(by ? signal : signal === "SIGINT" ? 130 : 143);
      expect(stderr).toMatch(/\nstopped\n$/);
    }
    expect(await namesIn(pipes)).toEqual([basename(input)]);
  });

  test("ends at once at the second signal", async () => {
    const pipes = await workFolder();
    const input = join(pipes, "pipe.mp4");
    await promisify(execFile)("mkfifo", [input]);
    const run = startCli(["edit", input, "-s", SOURCE, "-t", TARGET, "-o", join(pipes, "never.mp4")]);
    await run.said("Opening");
    run.child.kill("SIGINT");
    run.child.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ signal: expect.stringMatching(/SIGTERM|SIGINT/) });
  });
});
