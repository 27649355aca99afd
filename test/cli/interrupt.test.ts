import { join } from "node:path";
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
});
