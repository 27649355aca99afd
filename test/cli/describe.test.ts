/** `fatezero describe`, and edits whose source is left out. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import { invertJob } from "../../src/job/invert.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { tuneJob } from "../../src/job/tune/tune.ts";
import { inWords } from "../../src/say.ts";
import { readMetadata } from "../../src/video/index.node.ts";
import { fixture, inRepository } from "../support/fixtures.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { runCli, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (name: string): string => join(folder, name);
const CAR = inRepository("test/clips/car-road/source");
const SENTENCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const BLIP = fixture("blip/blip");
const FEW = ["--frames", "2", "--steps", "2"];

/** What an edit's work told as its source. */
async function edited(args: readonly string[]) {
  const request = await parseEdit([CAR, "-t", TARGET, ...FEW, "--no-resume", ...args]);
  return inProcess(async ({ session, events }) => {
    const { output } = await editJob(request, session);
    const told = events.flatMap((event) =>
      event.type === "fact" && event.name === "source" ? [inWords(event.text)] : [],
    );
    const asked = events.find((event) => event.type === "settings");
    return { told, arguments: asked?.arguments ?? [], metadata: await readMetadata(output) };
  });
}

test("describe prints the sentence alone, or all that is known as JSON", async () => {
  const said = await runCli(["describe", CAR]);
  expect(said).toMatchObject({ code: 0, stdout: `${SENTENCE}\n` });
  const { code, stdout } = await runCli([
    "describe",
    CAR,
    "--model",
    BLIP,
    "--beams",
    "2",
    "--json",
    "--frames",
    "3",
  ]);
  expect(code).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({ input: CAR, captioner: BLIP, kind: "blip" });
  expect(answer.candidates[0]).toEqual({ text: answer.caption, score: expect.any(Number) });
  expect(answer.candidates.length).toBeGreaterThan(1);
});

test("an edit without a source describes the clip, tells so, and keeps the sentence", async () => {
  const { told, arguments: line, metadata } = await edited(["-o", at("blue.mp4")]);
  expect(told).toEqual([`(from the clip, by tinytown): ${SENTENCE}; correct it with source`]);
  expect(line[line.indexOf("--source") + 1]).toBe(SENTENCE);
  expect(metadata!.source).toBe(SENTENCE);
  // With the sentence given nothing is told, and the result is the same.
  const given = await edited(["-o", at("given.mp4"), "-s", SENTENCE]);
  expect(given.told).toEqual([]);
  expect(await readFile(at("given.mp4"))).toEqual(await readFile(at("blue.mp4")));
});

test("a captioner describes it for a model that has no sentences", async () => {
  const { told, arguments: line } = await edited([
    "--captioner",
    BLIP,
    "-o",
    at("micro.mp4"),
    "--model",
    fixture("models/micro-sd"),
    "--size",
    "64",
  ]);
  expect(told[0]).toContain(`(from the clip, by ${BLIP}): `);
  expect(line).not.toContain("--captioner");
});

test("so do invert, tune and a printed config", async () => {
  const small = { input: CAR, frames: 2, steps: 2 };
  await inProcess(async ({ session, events }) => {
    await invertJob({ ...small, out: at("car.safetensors"), resume: false }, session);
    expect(events.filter((event) => event.type === "fact" && event.name === "source")).toHaveLength(1);
  });
  const shown = await runCli(["show", at("car.safetensors")]);
  expect(shown.stdout).toContain(SENTENCE);
  await inProcess(async ({ session, events }) => {
    await tuneJob({ ...small, steps: 1, out: at("tuned/"), resume: false }, session);
    const asked = events.find((event) => event.type === "settings");
    expect(asked?.arguments).toContain(SENTENCE);
  });
  // A tuned model lists the sentences too, and has no CLIP beside it.
  const said = await runCli(["describe", CAR, "--model", at("tuned"), "--frames", "1"]);
  expect(said).toMatchObject({ code: 0, stdout: `${SENTENCE}\n` });
  await rm(at("tuned"), { recursive: true });
  const request = await parseEdit([CAR, "-t", TARGET, ...FEW, "-o", at("blue.mp4")]);
  const config = await inProcess(({ session }) => printConfig(request, session));
  expect(config).toContain(`prompt: ${SENTENCE}`);
});

test("a saved inversion has its sentence, and refuses a captioner", async () => {
  const inversion = at("car.safetensors");
  const described = await runCli(["describe", inversion]);
  expect(described).toMatchObject({ code: 2, stdout: "" });
  expect(described.stderr).toContain(`is a saved inversion, whose sentence is "${SENTENCE}"`);
  const run = await runCli(["edit", inversion, "-t", TARGET, "-o", at("x.mp4"), "--captioner", "tinytown"]);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("--captioner would have no effect");
});
