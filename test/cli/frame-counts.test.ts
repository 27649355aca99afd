/** What does not go with the number of a clip's frames is refused before a model is opened. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { describeJob } from "../../src/job/describe.ts";
import { editJob } from "../../src/job/edit.ts";
import { invertJob } from "../../src/job/invert.ts";
import { mapsJob } from "../../src/job/maps.ts";
import { previewJob } from "../../src/job/preview.ts";
import { runJob } from "../../src/job/run/run.ts";
import type { Session } from "../../src/job/session.ts";
import { tuneJob } from "../../src/job/tune/tune.ts";
import { inWords } from "../../src/say.ts";
import { writeVideo } from "../../src/video/index.node.ts";
import { encodeClip, noiseFrame } from "../fixtures/video/toy-clip.ts";
import { inProcess } from "./in-process.ts";
import { TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const FRAMES = 5;

beforeAll(async () => {
  const noise = (frames: number) => Array.from({ length: frames }, (_, i) => noiseFrame(i, 64, 64));
  await encodeClip(at("clip.mp4"), noise(FRAMES));
  await writeVideo(at("folder/"), noise(FRAMES), { fps: 8 });
  await writeVideo(at("three/"), noise(3), { fps: 8 });
  await encodeClip(at("three.mp4"), noise(3));
});

/** The error of a job that must open no model: without a source it would describe the clip by one, too. */
async function refused(job: (session: Session) => Promise<unknown>): Promise<{ code: string; text: string }> {
  return inProcess(async ({ session }) => {
    const loadModel = (): never => {
      throw new Error("a model was opened");
    };
    const error = await job({ ...session, loadModel }).then(
      () => null,
      (reason) => reason,
    );
    expect(error, "nothing was refused").toHaveProperty("said");
    const { what, remedy } = error.said;
    return { code: error.code, text: `${inWords(what)} ${inWords(remedy)}` };
  });
}

const FAR = { scenes: [99] } as const;
const edit = { target: TARGET, out: at("out/") };

describe.each(["clip.mp4", "folder"])("of %s", (name) => {
  const input = at(name);

  it.each([
    ["scenes beyond the last frame", FAR, "bad-option", "scenes holds 99, and the last frame is 4"],
    ["scenes beyond the range", { frames: 3, scenes: [3] }, "bad-option", "the last frame is 2"],
    ["more frames than there are", { frames: 6 }, "bad-frame-range", "has 5 frames (0 to 4)"],
    ["a start beyond the last", { start: 5 }, "bad-frame-range", "has 5 frames"],
    ["a time beyond the end", { from: "9" }, "bad-frame-range", "from"],
    ["a mask of another length", { mask: at("three") }, "mask-length", "3 frames, and 5 are edited"],
    ["a video of another length", { protect: at("three.mp4") }, "mask-length", "3 frames, and 5 are edited"],
    [
      "a region's mask",
      { frames: 2, regions: [{ words: "car", prompt: "a blue car", mask: at("three") }] },
      "mask-length",
      "3 frames, and 2 are edited. Give one picture for all frames, or one for each that is edited, or one for each of the 5",
    ],
  ])("%s are refused", async (_, options, code, text) => {
    const request = { input, ...edit, ...options };
    for (const job of [
      (session: Session) => editJob({ ...request, resume: false }, session),
      (session: Session) => previewJob(request, session),
    ])
      expect(await refused(job)).toMatchObject({
        code,
        text: expect.stringContaining(text),
      });
  });

  it("they are in every other job", async () => {
    const out = at("other.safetensors");
    const far = { input, start: 7 };
    for (const job of [
      (session: Session) => invertJob({ input, out, ...FAR }, session),
      (session: Session) => mapsJob({ input, out: at("maps"), ...FAR }, session),
    ])
      expect(await refused(job)).toMatchObject({ code: "bad-option" });
    for (const job of [
      (session: Session) => describeJob(far, session),
      (session: Session) => tuneJob({ ...far, out: at("tuned") }, session),
    ])
      expect(await refused(job)).toMatchObject({ code: "bad-frame-range" });
  });

  it("a config's are, too", async () => {
    const config = at("late.yaml");
    const text = (own: string): string =>
      `dataset_config: {path: ${input}, prompt: a red car, n_sample_frame: -1}\n` +
      `editing_config: {editing_prompts: [a blue car], p2p_config: [{}]}\nfatezero: {compat: false, ${own}}\n`;
    for (const [own, code] of [
      ["scenes: [99]", "bad-option"],
      ["mask: three", "mask-length"],
    ] as const) {
      await writeFile(config, text(own));
      const job = (session: Session) => runJob({ config, out: at("run"), resume: false }, session);
      expect(await refused(job)).toMatchObject({ code });
    }
  });
});

it("masks of the whole clip go with any range of it", async () => {
  const range = { start: 1, frames: 2, mask: at("folder") };
  const request = { input: at("clip.mp4"), ...edit, ...range, resume: false };
  const loadModel = (): never => {
    throw new Error("a model was opened");
  };
  const job = inProcess(({ session }) => editJob(request, { ...session, loadModel }));
  await expect(job).rejects.toThrow("a model was opened");
});
