/** `fatezero tune` as a user runs it, on a small random model. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readVideo } from "../../src/video/index.node.ts";
import { writeRandomCheckpoint } from "../support/random-checkpoint.ts";
import { TINY_SD } from "../support/small-checkpoint.ts";
import { canMount, onSmallDisk } from "../support/small-disk.ts";
import { runCli, SOURCE, startCli, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (name: string): string => join(folder, name);
const clip = await toyClip(folder, 2);
const model = at("model");
await writeRandomCheckpoint(model, TINY_SD);
const QUICK = ["--model", model, "--size", "32", "--learning-rate", "1e-4", "--rank", "8"];
const tuning = (...args: string[]): string[] => ["tune", clip, "-p", SOURCE, ...QUICK, ...args];
const network = (place: string): Promise<Buffer> =>
  readFile(join(at(place), "unet", "diffusion_pytorch_model.safetensors"));

describe("fatezero tune", () => {
  test("writes a model, its loss curve and samples, and tells how it was made", async () => {
    const out = at("tuned/");
    const samples = ["--samples", at("samples"), "--samples-every", "2"];
    const run = await runCli(tuning("--steps", "3", "--json", "-o", out, ...samples));
    expect(run.code, run.stderr).toBe(0);
    const events = run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const of = (type: string) => events.filter((event) => event.type === type);
    expect(of("loss").map(({ step, steps }) => [step, steps])).toEqual([1, 2, 3].map((step) => [step, 3]));
    expect(of("heldOut").map(({ step }) => step)).toEqual([0, 3]);
    expect(of("sample").map(({ file }) => file)).toEqual([at("samples/0002.png"), at("samples/0003.png")]);
    expect(of("result")[0].output).toBe(out);
    expect((await readdir(out)).sort()).toEqual([
      "fatezero.json",
      "loss.png",
      "loss.svg",
      "model_index.json",
      "scheduler",
      "text_encoder",
      "tokenizer",
      "unet",
      "vae",
    ]);
    expect(await readFile(join(out, "loss.svg"), "utf8")).toContain("noise levels held out");
    expect((await readVideo(join(out, "loss.png"))).frames[0]!.width).toBe(960);
    const { stdout } = await runCli(["show", out]);
    expect(stdout).toContain("# a model tuned on a clip");
    expect(stdout).toContain("--steps 3");
    const line = of("settings")[0].arguments as string[];
    const again = await runCli(line.map((word) => (word === out ? at("again/") : word)));
    expect(again.code, again.stderr).toBe(0);
    const [one, other] = [await network("tuned"), await network("again")];
    // The same weights; what stands before them names the folders they were made in.
    const weights = (bytes: Buffer): Buffer => bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    expect(weights(other).equals(weights(one))).toBe(true);
    // A model tuned here is replaced by the next.
    expect((await runCli(tuning("--steps", "1", "-o", out))).code).toBe(0);
  });

  test("edits with the tuned model at once, also from the weights that changed", async () => {
    const edit = ["--steps", "2", "--then-edit", SOURCE.replace("car", "bus")];
    const whole = await runCli(tuning(...edit, "-o", at("bus.mp4")));
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.stderr).toContain("shape:");
    expect((await readVideo(at("bus.mp4"))).frames).toHaveLength(2);
    expect((await stat(at("bus.tuned"))).isDirectory()).toBe(true);
    const delta = await runCli(
      tuning(...edit, "--delta", "--saved-precision", "fp16", "-o", at("small.mp4")),
    );
    expect(delta.code, delta.stderr).toBe(0);
    const { size } = await stat(at("small.tuned.safetensors"));
    expect(size).toBeLessThan((await network("bus.tuned")).length / 2);
    expect((await readdir(folder)).filter((name) => name.startsWith("small.tuned"))).toHaveLength(3);
  });

  test("goes on to the same bytes after kill -9", async () => {
    const args = (out: string): string[] => tuning("--steps", "60", "-o", at(out));
    const whole = await runCli(args("whole/"));
    expect(whole.code, whole.stderr).toBe(0);
    const env = { FATEZERO_CACHE: at("cache") };
    const run = startCli([...args("killed/"), "--json"], env);
    let steps = 0;
    run.child.stdout!.on("data", (text: string) => {
      steps += text.split('"type":"loss"').length - 1;
      if (steps >= 20) run.child.kill("SIGKILL");
    });
    expect((await run.ended).signal).toBe("SIGKILL");
    const rest = await runCli(args("killed/"), env);
    expect(rest.code, rest.stderr).toBe(0);
    expect(rest.stderr).toMatch(/the training goes on after step \d+ of 60/);
    expect((await network("killed")).equals(await network("whole"))).toBe(true);
    // What is done leaves no state.
    expect(await readdir(at("cache"))).toEqual([]);
  });

  test.each([
    ["a video as the model", ["-o", "bus.mp4"], "is the name of a file, and a tuned model is a folder"],
    ["changed weights as a folder", ["--delta", "-o", "tuned/"], "does not end in .safetensors"],
    [
      "class images without their sentence",
      ["--class-images", "pictures", "-o", "t/"],
      "--class-prompt is missing",
    ],
    [
      "a sentence without class images",
      ["--class-prompt", "a car", "-o", "t/"],
      "would have no effect without --class-images",
    ],
    [
      "a place for a model without an edit",
      ["--model-out", "m/", "-o", "t/"],
      "would have no effect without --then-edit",
    ],
    [
      "prompts of no samples",
      ["--sample-prompt", "a car", "-o", "t/"],
      "would have no effect without --samples",
    ],
    ["two kinds of convolutions", ["--full-convolutions", "-o", "t/"], "--rank is of low-rank convolutions"],
    ["modules that are not there", ["--train-modules", "attn_temporal,attn9", "-o", "t/"], 'has "attn9"'],
    ["stopping by nothing", ["--stop-early", "2", "--hold-out", "0", "-o", "t/"], "none are"],
    [
      "too little memory",
      ["--max-memory", "0.1", "-o", "t/"],
      "Tuning on 2 frames of 32x32 pixels takes about",
    ],
    ["the model as its own output", ["-o", model], "is the input"],
  ])("refuses %s before the work", async (_, args, message) => {
    const { code, stderr } = await runCli(tuning(...args.map((arg) => (arg.endsWith("/") ? at(arg) : arg))));
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("Encoding");
  });

  test("refuses a folder that holds anything else, and a saved inversion", async () => {
    await mkdir(at("mine"));
    await writeFile(at("mine/notes.txt"), "mine");
    const kept = await runCli(tuning("-o", at("mine/")));
    expect(kept.stderr).toContain('holds "notes.txt", which is no part of a tuned model');
    await writeFile(at("saved.safetensors"), "");
    const inversion = await runCli(["tune", at("saved.safetensors"), "-p", SOURCE, "-o", at("t/")]);
    expect(inversion.code).toBe(1);
  });

  test.runIf(canMount())(
    "leaves nothing half-written on a full disk, and what is done is not done again",
    async () => {
      await mkdir(at("disk"));
      const env = { FATEZERO_CACHE: at("disk-cache") };
      const args = (out: string): string[] => tuning("--steps", "2", "-o", out);
      await onSmallDisk(at("disk"), 8 * 2 ** 20, async () => {
        await writeFile(at("disk/other"), Buffer.alloc(2 ** 20));
        const full = await runCli(args(at("disk/tuned/")), env);
        expect(full.code).toBe(1);
        expect(full.stderr).toMatch(/space left|are free there/);
        expect(await readdir(at("disk"))).toEqual(["other"]);
      });
      expect((await runCli(args(at("elsewhere/")), env)).code).toBe(0);
    },
  );
});
