/** A clip with a cut on the command line: its scenes are found, told, kept with its inversion, and as a request says. */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requestOf } from "../../src/cli/commands/options.ts";
import { createProgram } from "../../src/cli/program.ts";
import { readConfig } from "../../src/config/index.ts";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { invertJob } from "../../src/job/invert.ts";
import { previewJob } from "../../src/job/preview.ts";
import { printConfig } from "../../src/job/print-config.ts";
import type { InvertRequest } from "../../src/request/index.ts";
import { inWords } from "../../src/say.ts";
import { inRepository } from "../support/fixtures.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { SOURCE, TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const film = join(folder, "film");
await mkdir(film);
for (const [at, name] of ["car-road", "duck-water"].entries())
  for (let f = 0; f < 4; f++)
    await cp(inRepository(`test/clips/${name}/source/0000${f}.png`), join(film, `${4 * at + f}.png`));
const base = [film, "-s", SOURCE, "-t", TARGET, "--steps", "1", "--size", "64"];

const scenesIn = (events: readonly JobEvent[]): string[] =>
  events.flatMap((event) => (event.type === "fact" && event.name === "scenes" ? [inWords(event.text)] : []));
const argumentsIn = (events: readonly JobEvent[]): string =>
  events.flatMap((event) => (event.type === "settings" ? event.arguments : [])).join(" ");

async function edited(name: string, ...options: string[]): Promise<readonly JobEvent[]> {
  const kept = options.includes("--preview") ? [] : ["--no-resume"];
  const request = await parseEdit([...base, ...kept, "-o", `${join(folder, name)}/`, ...options]);
  return inProcess(async ({ session, events }) => {
    await (request.preview ? previewJob : editJob)(request, session);
    return events;
  });
}

async function inverted(name: string, ...options: string[]): Promise<string> {
  const out = join(folder, name);
  let request: InvertRequest | null = null;
  const program = createProgram();
  const command = program.commands.find((one) => one.name() === "invert")!;
  command.action(() => {
    request = requestOf(command, "invert");
  });
  const args = [film, "-s", SOURCE, "--steps", "1", "--size", "64", "--no-resume", "-o", out, ...options];
  await program.parseAsync(["invert", ...args], { from: "user" });
  return inProcess(({ session }) => invertJob(request!, session));
}

describe("scenes", () => {
  it("are found, told and asked for again", async () => {
    const events = await edited("auto");
    expect(scenesIn(events)).toEqual(["2: cut before frame 4"]);
    expect(argumentsIn(events)).toContain("--scenes auto");
    expect(scenesIn(await edited("stride", "--start", "1", "--stride", "2"))).toEqual([
      "2: cut before frame 2",
    ]);
  });

  it("are one, or begin where they are said to", async () => {
    const off = await edited("off", "--scenes", "off");
    expect(scenesIn(off)).toEqual([]);
    expect(argumentsIn(off)).toContain("--scenes off");
    expect(scenesIn(await edited("hand", "--scenes", "2,4,5"))).toEqual(["4: cuts before frames 2, 4 and 5"]);
    await expect(edited("far", "--scenes", "8")).rejects.toThrow("scenes holds 8, and the last frame is 7");
  });

  it("are none where all frames are computed at once", async () => {
    const events = await edited("compat", "--compat", "fatezero");
    expect(scenesIn(events)).toEqual([]);
    expect(argumentsIn(events)).toContain("--scenes off");
    await expect(edited("no", "--compat", "fatezero", "--scenes", "4")).rejects.toThrow(
      "would have no effect",
    );
    await expect(edited("no", "--method", "ddim", "--scenes", "4")).rejects.toThrow("would have no effect");
  });

  it("of a few frames are those of all", async () => {
    expect(scenesIn(await edited("preview", "--preview", "--scenes", "3"))).toEqual([
      "2: cut before frame 2",
    ]);
  });

  it("stay with a saved inversion, which other ones do not fit", async () => {
    const file = await inverted("film.safetensors");
    expect((await loadInversion(file)).settings.cuts).toEqual([4]);
    const editIt = async (...options: string[]) => {
      const request = await parseEdit([file, "-t", TARGET, "-o", join(folder, "saved/"), ...options]);
      return inProcess(({ session }) => editJob(request, session));
    };
    for (const scenes of ["4", "auto"]) await editIt("--no-resume", "--scenes", scenes);
    await expect(editIt("--scenes", "off")).rejects.toThrow(/does not fit: .* was made with 4/);
    await expect(editIt("--scenes", "3")).rejects.toThrow(/does not fit: .* was made with 4/);
  });

  it("stand in a config", async () => {
    const request = await parseEdit([...base, "-o", join(folder, "a.gif"), "--scenes", "3,6"]);
    const text = await inProcess(({ session }) => printConfig(request, session));
    expect(readConfig(text, "a.yaml").config.method.scenes).toEqual([3, 6]);
    for (const [written, scenes] of [
      ["off", "off"],
      ["auto", "auto"],
    ])
      expect(
        readConfig(text.replace(/scenes: \[.*\]/, `scenes: ${written}`), "a.yaml").config.method.scenes,
      ).toBe(scenes);
    expect(() => readConfig(text.replace(/scenes: \[.*\]/, "scenes: [0]"), "a.yaml")).toThrow(
      /fatezero.scenes.*auto, off, or a list of frames/,
    );
  });
});
