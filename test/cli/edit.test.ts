import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder);
const quick = ["--steps", "2", "--frames", "2"];
const at = (name: string): string => join(folder, name);

test("a folder becomes a video; a pipe gets plain lines, and stdout the path only", async () => {
  const out = at("blue.mp4");
  await writeFile(out, "an older result");
  // CI and FORCE_COLOR must not bring colours into a pipe either.
  const run = await runCli(["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", out, ...quick, "--stride", "2"], {
    CI: "1",
    FORCE_COLOR: "1",
  });
  expect(run).toMatchObject({ code: 0, stdout: `${out}\n` });
  expect(run.stderr).toContain('"red" becomes "blue"');
  expect(run.stderr).toContain("The mask is where the predictions differ.");
  expect(run.stderr).toContain("2 of 4 frames, 128x128, 4 frames/s");
  expect(run.stderr).toMatch(/attribute: --self-steps .* --steps 2 --attend 0,mid/);
  expect(run.stderr).toMatch(/Inverting {2}2 steps in/);
  expect(run.stderr).toMatch(/Editing {4}2 steps in/);
  for (const control of ["\u001b", "\r"]) expect(run.stderr).not.toContain(control);
  const video = await readVideo(out);
  expect(video.frames).toHaveLength(2);
  expect(video.fps).toBeCloseTo(4);
});

test("a folder becomes a folder of images, with every option of the method", async () => {
  const options =
    "--start 1 --size 96 --guidance 3 --negative night --self-steps 0.1-0.9 --cross-steps default=1,blue=0.5 " +
    "--mask-words car,red --mask-threshold 0.4 --amplify blue=2 --amplify sky=0.5 --attend -1,first --latent-blend";
  const out = `${at("frames")}/`;
  const run = await runCli([
    "edit",
    clip,
    "-s",
    SOURCE,
    "-t",
    TARGET,
    "-o",
    out,
    ...quick,
    ...options.split(" "),
  ]);
  expect(run).toMatchObject({ code: 0, stdout: `${out}\n` });
  expect(run.stderr).toContain("128x128 -> 96x96");
  expect(run.stderr).toContain(
    "--self-steps 0.1-0.9 --cross-steps default=1,blue=0.5 --mask-from attention --mask-threshold 0.4 --latent-blend --amplify blue=2 --amplify sky=0.5 --guidance 3",
  );
  expect(await namesIn(out)).toEqual(["00000.png", "00001.png"]);
});

test("a saved inversion is edited without a source prompt, as the video itself would be", async () => {
  const saved = at("deep/car.safetensors");
  const inverted = await runCli(["invert", clip, "-s", SOURCE, "-o", saved, ...quick]);
  expect(inverted).toMatchObject({ code: 0, stdout: `${saved}\n` });
  expect(await loadInversion(saved)).toMatchObject({
    prompt: SOURCE,
    steps: 2,
    fps: 8,
    model: { name: "tinytown" },
  });

  const once = await runCli(["edit", saved, "-t", TARGET, "-o", `${at("saved")}/`]);
  expect(once.stderr).not.toContain("Inverting");
  expect(once.code).toBe(0);
  const whole = await runCli(["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", `${at("whole")}/`, ...quick]);
  expect(whole.code).toBe(0);
  const [a, b] = [await readVideo(at("saved")), await readVideo(at("whole"))];
  // Word maps are saved as half floats, which the running inversion keeps too: the same bytes come out.
  expect(a.frames.map(({ data }) => data)).toEqual(b.frames.map(({ data }) => data));

  const useless = await runCli(["edit", saved, "-t", TARGET, "-o", at("no.mp4"), "--frames", "2"]);
  expect(useless).toMatchObject({ code: 2, stdout: "" });
  expect(useless.stderr).toContain("--frames would have no effect");
  const other = await runCli(["edit", saved, "-s", "a green car", "-t", TARGET, "-o", at("no.mp4")]);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain(`was made with the prompt "${SOURCE}"`);
  const twice = await runCli(["invert", saved, "-s", SOURCE, "-o", at("no.safetensors")]);
  expect(twice.stderr).toContain("is a saved inversion already");
  expect(await namesIn(folder)).not.toContain("no.mp4");
});

test("compat cuts the square from the middle", async () => {
  const wide = await toyClip(at("wide"), 2, 192, 128);
  const run = await runCli([
    ...["edit", wide, "-s", SOURCE, "-t", TARGET, "-o", `${at("compat")}/`, "--steps", "2"],
    ...["--compat", "fatezero"],
  ]);
  expect(run.stderr).toContain("192x128 -> 128x128");
  expect(run.stderr).toContain("--attend -1,first --compat fatezero");
  expect(run.code).toBe(0);
  const { frames } = await readVideo(at("compat"));
  expect(frames[0]).toMatchObject({ width: 128, height: 128 });
});
