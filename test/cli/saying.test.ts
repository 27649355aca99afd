import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { completionScript, SHELLS } from "../../src/cli/commands/completion.ts";
import { createProgram } from "../../src/cli/program.ts";
import { faultsOf, JSON_EVENTS } from "../../src/job/event-schema.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { type Ended, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 2);
const at = (name: string): string => join(folder, name);
const quick = ["--steps", "2", "--frames", "2", "--no-resume"];

type Event = { readonly type: string; readonly [key: string]: unknown };

/** The events of a run; every line must be one, and as documented. */
function eventsOf({ stdout }: Ended): Event[] {
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
  expect(events.flatMap(faultsOf)).toEqual([]);
  expect(events.slice(0, -1).some(({ type }) => type === "result" || type === "error")).toBe(false);
  return events;
}

/** Runs a line of `fatezero show` as a shell would. */
async function argumentsOf(line: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `fatezero() { printf '%s\\0' "$@"; }; ${line}`]);
  return stdout.split("\0").slice(0, -1);
}

describe("--json", () => {
  let run: Ended;
  let events: Event[];
  beforeAll(async () => {
    // Two steps are too few to lead back, and the threshold leaves only the peak of the mask.
    const frozen = ["--self-steps", "1", "--cross-steps", "1", "--guidance", "1", "--mask-words", "car"];
    const out = ["-o", at("json/"), "--mask-threshold", "0.999", "--latent-blend", "--json"];
    run = await runCli([
      "edit",
      clip,
      "-s",
      SOURCE,
      "-t",
      "a blue jeep on a road under a blue sky",
      ...quick,
      ...frozen,
      ...out,
    ]);
    events = eventsOf(run);
  });

  test("writes documented events only, and the result last", () => {
    expect(run.code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: "result", output: at("json/") });
    for (const type of ["fact", "settings", "plan", "phase", "step"])
      expect(events.map((event) => event.type)).toContain(type);
    const edits = events.filter(({ type, phase }) => type === "step" && phase === "edit");
    expect(edits.map(({ step }) => step)).toEqual([1, 2]);
    expect(run.stderr).toContain("Editing");
  });

  test("holds the verdicts, each with an option to turn", () => {
    const verdicts = events.filter(({ type }) => type === "verdict");
    expect(verdicts.map(({ code }) => code)).toEqual(["not-reconstructed", "mask-empty"]);
    for (const { remedy } of verdicts) expect(remedy).toMatch(/--[a-z]/);
    expect(run.stderr).toContain("verdict: ");
  });

  test("a word that the model does not know is told before the work, with what a real one costs", () => {
    const warning = events.findIndex(({ code }) => code === "unknown-words");
    expect(warning).toBeGreaterThan(0);
    expect(warning).toBeLessThan(events.findIndex(({ phase }) => phase === "read"));
    expect(events[warning]!.message).toMatch(
      /"jeep".*3 to 4 GB.*--model CompVis\/stable-diffusion-v1-4 downloads it/,
    );
  });

  test.each<[string, string, number, string[]]>([
    [
      "a failure",
      "input-missing",
      1,
      ["edit", "no.mp4", "-s", SOURCE, "-t", TARGET, "-o", "x.mp4", "--json"],
    ],
    ["a wrong command line", "usage", 2, ["edit", clip, "--stepz", "2", "--json"]],
  ])("%s is the last event", async (_, code, exit, args) => {
    const failed = await runCli(args);
    expect(failed.code).toBe(exit);
    expect(eventsOf(failed).at(-1)).toMatchObject({ type: "error", code });
  });

  test("docs/events.md lists every event with every field", async () => {
    const rows = [
      ...(await readFile("docs/events.md", "utf8")).matchAll(/^\| `([a-zA-Z]+)` \| ([^|]*) \|/gm),
    ];
    const documented = rows.map(([, type, fields]) => [
      type,
      [...fields!.matchAll(/`(\w+)`/g)].map(([, f]) => f),
    ]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(JSON_EVENTS).map(([type, fields]) => [type, Object.keys(fields)])),
    );
  });
});

describe("show", () => {
  test("gives a command line that makes the same frames, also from a saved inversion", async () => {
    const saved = at("it's.safetensors");
    expect((await runCli(["invert", clip, "-s", SOURCE, "-o", saved, ...quick, "--size", "96"])).code).toBe(
      0,
    );
    const once = ["edit", saved, "-t", "a (blue:1.5) car on a road under a blue sky", "-o", at("once.webp")];
    expect((await runCli([...once, "--strength", "0.7", "--no-resume"])).code).toBe(0);

    const shown = await runCli(["show", at("once.webp")]);
    const [invert, edit] = shown.stdout.split("\n").filter((line) => line.startsWith("fatezero"));
    expect(await argumentsOf(invert!)).toEqual(
      expect.arrayContaining(["invert", clip, "--size", "96", saved]),
    );
    const again = (await argumentsOf(edit!)).map((arg) => (arg === at("once.webp") ? at("again.webp") : arg));
    expect(again).not.toContain("--strength");
    expect((await runCli([...again, "--no-resume"])).code).toBe(0);
    const [a, b] = [await readVideo(at("once.webp")), await readVideo(at("again.webp"))];
    expect(b.frames.map(({ data }) => data)).toEqual(a.frames.map(({ data }) => data));

    const inversion = await runCli(["show", saved]);
    expect(inversion.stdout).toContain(`# source prompt "${SOURCE}"`);
    expect(inversion.stdout.split("\n")).toContain(invert);
  });

  test("gives the command line of a preview, a comparison, maps and a folder of frames", async () => {
    const own = ["edit", clip, "-s", SOURCE, "-t", TARGET, ...quick, "--size", "96"];
    const beside = [
      "--compare",
      at("both.png/"),
      "--save-maps",
      at("seen"),
      "--save-latents",
      at("l.safetensors"),
    ];
    const [preview, edited] = [
      await runCli([...own.filter((arg) => arg !== "--no-resume"), "--preview", "-o", at("look.mp4")]),
      await runCli([...own, ...beside, "-o", at("frames/")]),
    ];
    expect([preview.code, edited.code]).toEqual([0, 0]);
    const shown = async (name: string) => {
      const { stdout } = await runCli(["show", at(name)]);
      const lines = stdout.trimEnd().split("\n");
      return { what: lines[0], args: await argumentsOf(lines.at(-1)!) };
    };
    const look = await shown("look.preview.png");
    expect(look.what).toBe("# a preview in 2 steps");
    expect(look.args).toEqual(
      expect.arrayContaining(["edit", clip, "--preview", "-o", at("look.preview.png")]),
    );
    const before = await readVideo(at("look.preview.png"));
    const again = await runCli(look.args);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain(`replaces   ${at("look.preview.png")}`);
    expect((await readVideo(at("look.preview.png"))).frames[0]!.data).toEqual(before.frames[0]!.data);

    const sides: [string, string, string[]][] = [
      ["both.png/", "# a comparison of source and result", ["--compare", at("both.png/")]],
      ["seen", "# maps of the words and masks", ["--save-maps", at("seen"), "--maps-every", "10"]],
      ["seen/03-car.png", "# maps of the words and masks", ["--save-maps", at("seen")]],
      ["l.safetensors", "# the latents of every step", ["--save-latents", at("l.safetensors")]],
    ];
    for (const [name, what, options] of sides) {
      const side = await shown(name);
      expect(side.what).toBe(what);
      expect(side.args).toEqual(expect.arrayContaining([...options, "-o", at("frames/")]));
    }
    const frames = await runCli(["show", at("frames"), "--json"]);
    const data = JSON.parse(frames.stdout);
    expect(data).toMatchObject({ what: null, model: "tinytown", source: SOURCE, inversion: null });
    expect(data.arguments.slice(-2)).toEqual(["-o", at("frames/")]);
    expect(data.arguments).not.toContain("--compare");
  });

  test("says so of a file that another program wrote", async () => {
    await writeFile(at("other.gif"), "GIF89a");
    const shown = await runCli(["show", at("other.gif")]);
    expect(shown).toMatchObject({ code: 1, stdout: "" });
    const asEvent = await runCli(["show", at("other.gif"), "--json"]);
    expect(eventsOf(asEvent)).toMatchObject([{ type: "error", code: "no-provenance" }]);
  });
});

test("doctor finds this machine well, and its numbers as expected", async () => {
  const run = await runCli(["doctor", "--json"]);
  const checks = eventsOf(run).filter(({ type }) => type === "check");
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.find(({ name }) => name === "self-test")!.text).toContain("expected numbers, in");
  expect(run.code).toBe(0);
});

test("models tells what is there and what it knows, and describes a folder", async () => {
  const [list, one, none, named, nowhere] = await Promise.all([
    runCli(["models"]),
    runCli(["models", "models"]),
    runCli(["models", folder]),
    runCli(["models", "list", "tinytown", "--json"]),
    runCli(["models", "list", "no/where"], { HF_HOME: folder }),
  ]);
  expect(list.stdout).toMatch(/^tinytown\n/);
  expect(list.stdout).toMatch(/8 channels[\s\S]*not tuned[\s\S]*mushroom/);
  expect(one.stdout).toContain("works at  128 pixels");
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(JSON.parse(named.stdout)).toMatchObject({ models: [{ name: "tinytown", size: 128 }] });
  expect(nowhere).toMatchObject({ code: 1, stdout: "" });
  expect(nowhere.stderr).toMatch(/no model "no\/where": no file.*fatezero models pull no\/where/);
});

test("--quiet leaves the path of the result, and says what looks wrong", async () => {
  const args = [
    "maps",
    clip,
    "-s",
    "a red jeep on a road under a blue sky",
    "-o",
    at("quiet"),
    "--steps",
    "2",
  ];
  const run = await runCli([...args, "--quiet"]);
  expect(run).toMatchObject({ code: 0, stdout: `${join(at("quiet"), "overview.png")}\n`, stderr: "" });
  const doctor = await runCli(["doctor", "-q"]);
  expect(doctor).toMatchObject({ code: 0, stdout: "ok\n", stderr: "" });
});

test("cache list --json holds each state with its steps", async () => {
  const env = { FATEZERO_CACHE: at("kept") };
  const invert = ["invert", clip, "-s", SOURCE, "-o", at("kept.safetensors"), "--steps", "2", "-q"];
  expect((await runCli(invert, env)).stderr).toMatch(/^verdict: /);
  const { folder: where, states } = JSON.parse((await runCli(["cache", "list", "--json"], env)).stdout);
  expect(where).toBe(at("kept"));
  expect(states).toMatchObject([{ state: { step: 2, steps: 2 } }]);
});

describe("completion", () => {
  test.each(SHELLS)("%s knows commands, options and choices", (shell) => {
    const script = completionScript(createProgram(), shell);
    for (const word of ["doctor", "invert", "mask-threshold", "attribute", "completion"])
      expect(script).toContain(word);
  });

  test("works in bash, where files are completed by the shell itself", async () => {
    const script = completionScript(createProgram(), "bash");
    const complete = async (...words: string[]): Promise<string[]> => {
      const list = ["fatezero", ...words].map((word) => `'${word}'`).join(" ");
      const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _fatezero; echo "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)("bash", ["-c", `${script}\n${ask}`]);
      return stdout.trim().split(" ").filter(Boolean);
    };
    expect(await complete("ed")).toEqual(["edit"]);
    expect(await complete("edit", "clip.mp4", "--preset", "s")).toEqual(["style", "shape"]);
    expect(await complete("edit", "--mask-t")).toEqual(["--mask-threshold"]);
    expect(await complete("edit", "-s", "$(touch /tmp/never)")).toEqual([]);
    expect(await complete("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await complete("models", "pu")).toEqual(["pull"]);
    expect(await complete("models", "pull", "a/b", "--variant", "")).toEqual(["fp16"]);
  });
});

test("a mask over everything, and a result that is the source, are told", async () => {
  const saved = at("fifty.safetensors");
  expect(
    (await runCli(["invert", clip, "-s", SOURCE, "-o", saved, "--steps", "50", "--no-resume"])).code,
  ).toBe(0);
  const full = ["-t", TARGET, "--mask-words", "car,road,sky", "--mask-threshold", "0"];
  const same = ["-t", `${SOURCE}, car`, "--guidance", "1", "--self-steps", "1", "--cross-steps", "1"];
  const codes = await Promise.all(
    [full, same].map(async (options, i) => {
      const run = await runCli(["edit", saved, ...options, "-o", at(`${i}/`), "--no-resume", "--json"]);
      return eventsOf(run).flatMap(({ type, code }) => (type === "verdict" ? [code] : []));
    }),
  );
  expect(codes[0]).toContain("mask-full");
  expect(codes[1]).toContain("nothing-changed");
});
