/** `fatezero edit --method` as a user runs it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readVideo } from "../../src/video/index.node.ts";
import { runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (name: string): string => join(folder, name);
const clip = await toyClip(folder, 2, 64, 64);
const edited = (out: string, ...more: string[]) =>
  runCli([
    ...["edit", clip, "-s", SOURCE, "-t", TARGET, "--size", "64", "--steps", "4"],
    ...["-o", at(out), ...more],
  ]);

describe("fatezero edit --method", () => {
  test("edits by another method, says which, and what makes it again makes the same", async () => {
    const { code, stdout, stderr } = await edited("sdedit.gif", "--method", "sdedit", "--json");
    expect(code, stderr).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const facts = events.filter(({ type }) => type === "fact");
    expect(facts).toContainEqual({ type: "fact", name: "method", text: expect.stringMatching(/^SDEdit/) });
    const { arguments: again } = events.find(({ type }) => type === "settings");
    for (const part of ["--method sdedit", "--strength 0.5", "--seed 0", "--guidance 2"])
      expect(again.join(" ")).toContain(part);
    // No line of the plan, which tells how the paper's method reads the sentences.
    expect(events.map(({ type }) => type)).not.toContain("plan");
    const shown = await runCli(["show", at("sdedit.gif")]);
    expect(shown.stdout).toContain("--method sdedit");

    const first = await readFile(at("sdedit.gif"));
    const repeated = await runCli(again);
    expect(repeated.code, repeated.stderr).toBe(0);
    expect(await readFile(at("sdedit.gif"))).toEqual(first);
    const other = await edited("other.gif", "--method", "sdedit", "--seed", "1");
    expect(other.code, other.stderr).toBe(0);
    expect(await readFile(at("other.gif"))).not.toEqual(first);
  });

  test("writes a comparison beside it", async () => {
    const { code, stderr } = await edited("ddim/", "--method", "ddim", "--compare", at("sides/"));
    expect(code, stderr).toBe(0);
    const [result, sides] = [await readVideo(at("ddim")), await readVideo(at("sides"))];
    expect(sides.frames).toHaveLength(result.frames.length);
    expect(sides.frames[0]!.width).toBeGreaterThan(2 * result.frames[0]!.width - 1);
  });

  test.each([
    [["--method", "magic"], /--method.*Allowed choices are fatezero, ddim, sdedit/s],
    [["--method", "ddim", "--self-steps", "0.5"], /--self-steps would have no effect with --method ddim/],
    [["--method", "sdedit", "--compat", "fatezero"], /--compat would have no effect with --method sdedit/],
    [
      ["--method", "atlas", "--save-maps", at("maps")],
      /--save-maps would have no effect with --method atlas/,
    ],
    [["--method", "null-text-p2p", "--negative", "x"], /--negative would have no effect/],
    [["--method", "sdedit", "--mask", clip], /--mask would have no effect with --method sdedit/],
    [["--method", "ddim", "--preview"], /--method would have no effect: with --preview/],
    [["--method", "ddim", "--print-config"], /--method ddim has no config/],
    [["--seed", "3"], /--seed would have no effect: nothing is drawn at random by --method fatezero/],
    [["--seed", "3", "--preview"], /--seed would have no effect/],
  ])("refuses %j before the work", async (args, said) => {
    const { code, stderr } = await edited("never.gif", ...args);
    expect(stderr.replaceAll("\n", " ")).toMatch(said);
    expect(code).toBe(2);
  });

  test("asks for the clip where a saved inversion is given", async () => {
    const inverting = ["invert", clip, "-s", SOURCE, "--size", "64", "--steps", "2"];
    const made = await runCli([...inverting, "-o", at("car.safetensors")]);
    expect(made.code, made.stderr).toBe(0);
    const arguments_ = ["edit", at("car.safetensors"), "-t", TARGET, "--method", "ddim", "-o", at("x.gif")];
    const { code, stderr } = await runCli(arguments_);
    expect(code).toBe(2);
    expect(stderr).toContain("is a saved inversion, and --method ddim begins with the clip");
  });
});
