/** Regions of `fatezero edit` and `run`: masks and words with targets of their own. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import { previewJob } from "../../src/job/preview.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { inWords } from "../../src/say.ts";
import { readMetadata, readVideo } from "../../src/video/index.node.ts";
import { inRepository } from "../support/fixtures.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { SOURCE, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const clip = inRepository("test/clips/two-cars");
const BLUE = `car=${clip}/mask0:"a blue car"`;
const YELLOW = `car=${clip}/mask1:a yellow car`;
const line = (...args: string[]): string[] => [
  ...[`${clip}/source`, "-s", SOURCE, "--steps", "3", "--frames", "2"],
  ...args,
];
const framesIn = async (path: string) => (await readVideo(path)).frames;

test("two regions in one run: each is told, all else keeps its pixels, and the result says how to make it again", async () => {
  const request = await parseEdit(
    line("-o", at("both/"), "--no-resume", "--region", BLUE, "--region", YELLOW),
  );
  const events = await inProcess(async ({ session, events }) => {
    await editJob(request, session);
    return events;
  });
  const plan = events.find((event) => event.type === "plan");
  expect(plan && "explanation" in plan && inWords(plan.explanation)).toMatch(
    /"car", where its mask is: "a blue car on a road.*"a yellow car on a road.*stays as it is/s,
  );
  expect(events.filter((event) => event.type === "fact" && event.name === "regions")).toHaveLength(2);
  const [source, left, right, result] = await Promise.all(
    [`${clip}/source`, `${clip}/mask0`, `${clip}/mask1`, at("both")].map(framesIn),
  );
  const changed = [0, 0];
  for (const [f, { data }] of result!.entries())
    for (const [i, value] of data.entries()) {
      const pixel = 3 * Math.floor(i / 3);
      const [inLeft, inRight] = [left![f]!.data[pixel]!, right![f]!.data[pixel]!];
      const moved = Math.abs(value - source![f]!.data[i]!);
      if (inLeft === 0 && inRight === 0) expect(moved).toBe(0);
      if (moved > 20) changed[inLeft > inRight ? 0 : 1]!++;
    }
  expect(Math.min(...changed)).toBeGreaterThan(500);
  const metadata = await readMetadata(at("both", "00000.png"));
  const again = JSON.parse(metadata?.arguments ?? "");
  expect(again).toEqual(
    expect.arrayContaining(["--region", `car=${clip}/mask0:a blue car`, `car=${clip}/mask1:a yellow car`]),
  );
  const repeated = await parseEdit([...again.slice(1), "--no-resume", "-o", at("again/")]);
  expect(repeated.regions).toEqual(request.regions);
  await inProcess(({ session }) => editJob(repeated, session));
  expect(await framesIn(at("again"))).toEqual(result);
});

test("a config has them, printed and run", async () => {
  const request = await parseEdit(line("-o", at("one.apng"), "--no-resume", "--region", BLUE));
  await inProcess(({ session }) => editJob(request, session));
  const config = at("regions.yaml");
  await writeFile(config, await inProcess(({ session }) => printConfig(request, session)));
  const text = await readFile(config, "utf8");
  expect(text).toContain("regions:");
  expect(text).not.toContain("editing_prompts");
  await inProcess(({ session }) => runJob({ config, out: at("run") }, session));
  expect(await framesIn(at("run", "one.apng"))).toEqual(await framesIn(at("one.apng")));
});

test("a preview shows them", async () => {
  const request = await parseEdit(line("-o", at("look.png"), "--region", BLUE, "--preview"));
  await inProcess(({ session }) => previewJob(request, session));
  expect(await framesIn(at("look.png"))).toHaveLength(1);
});

describe("before the work", () => {
  test.each([
    ["a word that is not there", ["--region", "bus:a tram"], "unknown-word", "It names"],
    ["one that is covered", ["--region", BLUE, "--region", BLUE], "region-conflict", "over nothing"],
    ["a mask that is not there", ["--region", "car=none.png:a blue car"], "input-missing", "none.png"],
    ["a mask for the whole", ["--region", BLUE, "--mask", `${clip}/mask1`], "region-conflict", "beside"],
    ["a part that is looked for", ["--region", BLUE, "--crop", "auto"], "usage", "is not for regions"],
    ["another method", ["--region", BLUE, "-t", SOURCE, "--method", "ddim"], "usage", "no effect"],
    [
      "an output in its mask's place",
      ["--region", `car=${at("both/")}:a bus`, "-o", at("both/")],
      "output-is-input",
      "both",
    ],
  ])("%s is refused", async (_, args, code, text) => {
    const request = await parseEdit(line("-o", at("refused.mp4"), "--no-resume", ...args));
    await inProcess(async ({ session, events }) => {
      const error = await editJob(request, session).then(
        () => null,
        (reason) => reason,
      );
      expect(error).toMatchObject({ code });
      expect(`${inWords(error.said.what)} ${inWords(error.said.remedy)}`).toContain(text);
      expect(events.some((event) => event.type === "phase" && ["invert", "edit"].includes(event.phase))).toBe(
        false,
      );
    });
  });

  test.each(["car", "car:", ":a bus", "=left.png:a bus", "car=:a bus"])("%s is no region", async (text) => {
    await expect(parseEdit(line("-o", at("x.mp4"), "--region", text))).rejects.toThrow();
  });
});
