/** What is printed is safe to print, and where it cannot be printed, the work is done all the same. */
import { existsSync } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 1);
const out = (name: string): string => join(folder, name);
const quick = ["edit", clip, "-s", SOURCE, "-t", TARGET, "--steps", "2", "--no-resume"];

/** Runs the program with its streams sent elsewhere by a shell. */
const redirected = (args: readonly string[], where: string): Promise<Ended> =>
  runCli(args, {}, ["sh", "-c", `exec "$0" "$@" ${where}`]);

describe.skipIf(!existsSync("/dev/full"))("a stream that cannot be written", () => {
  test.each([
    ["stderr", "2>/dev/full", "a.png"],
    ["both", ">/dev/full 2>/dev/full", "b.png"],
    ["both, closed", ">&- 2>&-", "c.png"],
  ])("does not lose the work: %s", async (_, where, name) => {
    expect((await redirected([...quick, "-o", out(name)], where)).code).toBe(0);
    expect((await stat(out(name))).size).toBeGreaterThan(0);
  });

  test.each([[], ["--json"]])("is told in one line where it is stdout %s", async (...json) => {
    const run = await redirected([...quick, ...json, "-q", "-o", out("d.png")], ">/dev/full");
    expect(run.code).toBe(0);
    const last = run.stderr.trimEnd().split("\n").at(-1);
    expect(last).toBe(
      `warning: What was to be told on stdout could not be written: there is no space left. The result is complete: ${out("d.png")}`,
    );
    expect((await stat(out("d.png"))).size).toBeGreaterThan(0);
  });

  test("is an error where the answer is all there is to do", async () => {
    const run = await redirected(["plan", "-s", SOURCE, "-t", TARGET, "--json"], ">/dev/full");
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^error: The answer could not be written to stdout: there is no space left\./);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

/** Escape sequences, controls, what turns lines around. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const NASTY = "\u001b]0;own\u0007 \u009b2J \u202egpj \u2028 \r x";

describe("what comes from elsewhere", () => {
  const expectSafe = ({ stdout, stderr }: Ended): void => {
    expect(stdout).not.toMatch(OBEYED);
    expect(stderr).not.toMatch(OBEYED);
    expect(`${stdout}${stderr}`).not.toMatch(/^error: forged/m);
  };

  test("is not obeyed by a terminal: names of files, of commands and options", async () => {
    const name = join(folder, `${NASTY}\nerror: forged`);
    expectSafe(await runCli(["edit", `${name}.mp4`, "-s", "a", "-t", "b", "-o", out("x.mp4")]));
    expectSafe(await runCli(["show", `${name}.mp4`]));
    expectSafe(await runCli([`${NASTY}\nerror: forged`]));
    expectSafe(await runCli(["edit", `--${NASTY}\nerror: forged`]));
    expectSafe(await runCli(["edit", clip, "-s", "a", "-t", "b", "-o", out("x.mp4"), "--model", name]));
    expectSafe(await runCli(["edit", clip, "-s", "a", "-t", "b", "-o", `${name}.exe`, "--json"]));
  });

  test("is not obeyed by a terminal: prompts, keys and values", async () => {
    const prompt = `a red car ${NASTY}\nerror: forged`;
    expectSafe(await runCli(["plan", "-s", prompt, "-t", `a blue car ${NASTY}`]));
    expectSafe(await runCli(["plan", "-s", prompt, "-t", `a blue car ${NASTY}`, "--json"]));
    const config = out("nasty.yaml");
    await writeFile(config, `"${JSON.stringify(NASTY).slice(1, -1)}\\nerror: forged": 1\n`);
    expectSafe(await runCli(["run", config, "-o", out("results/")]));
    const pairs = out("pairs.json");
    await writeFile(pairs, JSON.stringify([{ source: prompt }]));
    expectSafe(await runCli(["plan", "--pairs", pairs]));
  });

  test("is not obeyed by a terminal: a clip and its result of such names, and what they say later", async () => {
    const place = join(folder, "\u001b[31mred\u202e");
    await mkdir(place);
    const input = join(place, "clip");
    await rename(clip.replace(/\/$/, ""), input);
    const run = await runCli([
      "edit",
      ...[input, "-s", `${SOURCE} \u001b[5m`, "-t", `${TARGET} \u009b`, "-o", join(place, "o.png")],
      ...["--steps", "2"],
    ]);
    // The path on stdout is for programs, which get it as it is.
    expectSafe({ ...run, stdout: "" });
    expect(run).toMatchObject({ code: 0, stdout: `${join(place, "o.png")}\n` });
    expectSafe(await runCli(["show", join(place, "o.png")]));
    expectSafe(await runCli(["show", join(place, "o.png"), "--json"]));
    expectSafe(await runCli(["cache", "list"]));
  });

  test("is cut where it is long", async () => {
    const run = await runCli(["edit", clip, "-s", "a", "-t", `b ${"x".repeat(100_000)}`, "-o", out("x.mp4")]);
    expect(run.code).toBe(1);
    expect(run.stderr.length).toBeLessThan(10_000);
  });
});
