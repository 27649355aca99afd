/** `fatezero eval` as a user runs it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (name: string): string => join(folder, name);
const clip = await toyClip(folder, 4, 64, 64);
const CLIPS = ["--model", "tinytown"];

/** A clip of frames of one size, each pixel as `color` says. */
async function made(
  name: string,
  frames: number,
  color: (f: number, x: number, y: number) => number[],
): Promise<string> {
  const draw = (f: number): Frame => {
    const data = new Uint8Array(64 * 64 * 3);
    for (let i = 0; i < 64 * 64; i++) data.set(color(f, i % 64, Math.floor(i / 64)), 3 * i);
    return { width: 64, height: 64, data };
  };
  await writeVideo(
    at(`${name}/`),
    Array.from({ length: frames }, (_, f) => draw(f)),
    { fps: 8 },
  );
  return at(`${name}/`);
}

/** The lower half, where the edit is. */
const mask = await made("mask", 1, (_, __, y) => (y >= 32 ? [255, 255, 255] : [0, 0, 0]));
const source = await made("source", 4, (f, x, y) => (y < 32 ? [x * 4, 90, 60] : [40 + f, x * 3, y]));
const edited = await made("edited", 4, (f, x, y) => (y < 32 ? [x * 4, 90, 70] : [200, x * 3, 40 + f]));

describe("fatezero eval", () => {
  test("measures the part that was to be kept by itself", async () => {
    const { code, stdout, stderr } = await runCli([
      "eval",
      source,
      edited,
      "--mask",
      mask,
      "--truth",
      edited,
      "--json",
    ]);
    expect(code, stderr).toBe(0);
    const { pixels, frames, width, notes } = JSON.parse(stdout);
    expect([frames, width]).toEqual([4, 64]);
    // One channel of three is 10 off: 10·log10(255² · 3 / 100).
    expect(pixels.kept.psnr).toBeCloseTo(32.9, 1);
    // Windows at the border reach into the part that changed.
    expect(pixels.kept.ssim).toBeGreaterThan(0.8);
    expect(pixels.kept.ssim).toBeLessThan(1);
    expect(pixels.maskIou).toBeGreaterThan(0.95);
    // JSON has no infinity: equal clips.
    expect(pixels.truth.whole).toEqual({ psnr: null, ssim: 1 });
    expect(pixels.truth.source.changed.psnr).toBeLessThan(15);
    expect(notes.join()).toContain("no --model was named");
  });

  test("tells CLIP's scores and the VAE's bound as a table, and writes a page", async () => {
    const page = at("report.html");
    const words = ["-s", `${SOURCE} <b>&`, "-t", TARGET];
    const run = await runCli(["eval", clip, clip, ...words, ...CLIPS, "--mask", mask, "--report", page]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^ {2}Frame-Acc +0\.0 % +source 0\.0 % +higher is better$/m);
    expect(run.stdout).toMatch(/^ {2}PSNR +equal +the VAE alone \d+\.\d dB +higher is better$/m);
    expect(run.stdout).toContain(page);
    const html = await readFile(page, "utf8");
    const shown = SOURCE.split(" ").length + 1;
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(4 * (3 + shown));
    expect(html).toMatch(/<mark>red<\/mark><br><small>changes/);
    expect(html).toContain("tinytown sees each word");
    expect(html).toContain("inverted in\n10 DDIM steps");
    const plots = [...html.matchAll(/<svg[^>]*>\n<title>(.*?)<\/title>/g)].map(([, title]) => title);
    expect(plots).toEqual([
      "Tem-Con: cosine of neighbouring frames",
      "CLIP: the edit's frames and the sentences",
      "PSNR against the source",
      "SSIM against the source",
      "Colour drift outside the mask",
      "Mask and what changed",
    ]);
    expect(html).toContain("outside the mask: equal in every frame");
    expect(run.stderr).toContain("Inverting");
    expect(html).toContain("&#60;b&#62;&#38;");
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).not.toContain("<script");
  });

  test("a page without a model or sentences has no word maps, and says why", async () => {
    const page = at("bare.html");
    const { code, stdout, stderr } = await runCli(["eval", source, edited, "--report", page]);
    expect(code, stderr).toBe(0);
    const html = await readFile(page, "utf8");
    expect(html).not.toContain("Word maps</h2>");
    expect(stdout).toContain("Word maps are left out: --source says whose words.");
    for (const plot of ["PSNR against the source", "Flow-warp error", "Flicker"])
      expect(html).toContain(`<title>${plot}</title>`);
    expect(html).not.toContain("Tem-Con");
    expect(html).not.toContain("outside the mask");
    const named = await runCli(["eval", source, edited, "-s", SOURCE, "--report", page]);
    expect(named.stdout).toContain("Word maps are left out: no --model was named that could draw them.");
    expect(named.stderr).not.toContain("Inverting");
  });

  test("without a page nothing is inverted", async () => {
    const words = ["-s", SOURCE, "-t", TARGET];
    const { code, stdout, stderr } = await runCli(["eval", clip, clip, ...words, ...CLIPS]);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toMatch(/Inverting|Word maps/);
  });

  test.each([
    ["another number of frames", [clip, edited, "--frames", "3"], "has 3 frames, and the edit has 4"],
    [
      "a mask of other frames",
      [source, edited, "--mask", source, "--start", "0", "--truth", mask],
      "has 1 frame",
    ],
    ["a report that is no page", [source, edited, "--report", "report.pdf"], "does not end in .html"],
    ["a CLIP without sentences", [source, edited, "--clip", "tinytown"], "needs both sentences"],
    ["a mode of scores that are not there", [source, edited, "--compat", "fatezero"], "would have no effect"],
    ["a clip that is not there", [source, "nothing/"], "does not exist"],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await runCli(["eval", ...args]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  test("leaves an older page where a new one cannot be made", async () => {
    await writeFile(at("kept.html"), "older");
    const { code } = await runCli(["eval", source, at("mask/"), "--report", at("kept.html")]);
    expect(code).toBe(1);
    expect(await readFile(at("kept.html"), "utf8")).toBe("older");
  });
});
