import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/index.ts";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { invertJob } from "../../src/job/invert.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { floatTensor } from "../../src/tensor/index.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { editInProcess, inProcess, parseEdit } from "./in-process.ts";
import { runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 5, 192, 128);
const at = (name: string): string => join(folder, name);

async function configOf(args: readonly string[]): Promise<string> {
  const request = await parseEdit([...args, "--print-config"]);
  return inProcess(({ session }) => printConfig(request, session));
}

/** Frames of a command line, and of its config. */
async function framesOfBoth(name: string, args: readonly string[]) {
  const out = `${at(name)}/`;
  const line = [...args, "-o", out];
  const config = await configOf(line);
  const file = at(`${name}.yaml`);
  await writeFile(file, config);
  await editInProcess(line);
  await inProcess(({ session }) => runJob({ config: file, out: at(`${name}-run`), resume: false }, session));
  const [line_, run] = await Promise.all([out, join(at(`${name}-run`), name)].map((path) => readVideo(path)));
  return {
    config,
    line: line_!.frames.map(({ data }) => data),
    run: run!.frames.map(({ data }) => data),
  };
}

const few = ["--steps", "3", "--frames", "2"];

describe("fatezero run of a printed config makes the same frames", () => {
  test.each<[string, string, string[]]>([
    ["of an edit by default", "plain", [clip, "-s", SOURCE, "-t", TARGET, ...few]],
    [
      "of a style by strength, with inline weights",
      "style",
      [
        ...[clip, "-s", SOURCE, "-t", `(watercolor:1.5) painting of ${SOURCE}`, ...few, "--strength", "0.8"],
        ...["--negative", `a cat: grey # \${x}`, "--amplify", "painting=2", "--crop", "4:3", "--stride", "2"],
      ],
    ],
    [
      "of a mask by words, with every knob",
      "knobs",
      [
        ...[clip, "-s", SOURCE, "-t", TARGET, ...few, "--size", "80", "--start", "1", "--fps", "12"],
        ..."--guidance 3 --self-steps 0.1-0.9 --cross-steps sky=0.4,blue=0.5 --mask-words car,red".split(" "),
        ..."--mask-threshold 0.4 --attend -1,first --latent-blend --background black".split(" "),
      ],
    ],
    [
      "without any mask",
      "none",
      [
        clip,
        "-s",
        SOURCE,
        "-t",
        TARGET,
        ...few,
        "--mask-words",
        "none",
        "--preset",
        "shape",
        "--attend",
        "none",
      ],
    ],
    [
      "with all layers fused, by alignment, in little memory",
      "layers",
      [
        ...[clip, "-s", SOURCE, "-t", TARGET, "--steps", "1", "--frames", "2", "--size", "224"],
        ...["--fuse-all-layers", "--align", "refine", "--low-memory"],
      ],
    ],
    [
      "of a part of a video",
      "part",
      [
        "examples/car.mp4",
        "-s",
        SOURCE,
        "-t",
        TARGET,
        "--steps",
        "3",
        "--from",
        "0.5",
        "--to",
        "0.8",
        "--no-audio",
      ],
    ],
    [
      "at the input's own size, with the frames around",
      "whole",
      [
        ...[clip, "-s", SOURCE, "-t", TARGET, "--steps", "2", "--start", "1", "--frames", "2"],
        ...["--full-size", "--keep-rest", "--crop", "16,16,0,0"],
      ],
    ],
    [
      "in compat mode, with a word's window and no default",
      "released",
      [
        ...[clip, "-s", SOURCE, "-t", TARGET, ...few, "--compat", "fatezero", "--crop", "8,16,0,4"],
        ...["--cross-steps", "blue=0.5", "--self-steps", "0.7", "--amplify", "blue=2"],
      ],
    ],
    [
      "in compat mode, with a mask",
      "mask",
      [
        ...[clip, "-s", SOURCE, "-t", TARGET, "--steps", "4", "--frames", "2", "--compat", "fatezero"],
        ...["--size", "288", "--mask-words", "car", "--mask-threshold", "0.35", "--latent-blend"],
      ],
    ],
  ])("%s", async (_, name, args) => {
    const { line, run } = await framesOfBoth(name, args);
    expect(line.length).toBeGreaterThan(1);
    expect(run).toEqual(line);
  });

  test("of a model with a LoRA and another VAE", async () => {
    const lora = at("ink.safetensors");
    const layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
    const values = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i) / 4);
    await writeSafetensors(lora, {
      [`${layer}.lora_A.weight`]: floatTensor([2, 192], values(384)),
      [`${layer}.lora_B.weight`]: floatTensor([192, 2], values(384)),
    });
    const args = [clip, "-s", SOURCE, "-t", TARGET, ...few, "--lora", `${lora}:0.5`];
    const { line, run, config } = await framesOfBoth("parts", [...args, "--vae", "models/tinytown/vae"]);
    expect(run).toEqual(line);
    expect(readConfig(config, "parts.yaml").config.parts).toEqual({
      lora: [{ path: lora, scale: 0.5 }],
      vae: join(process.cwd(), "models/tinytown/vae"),
    });
    const settings = await readFile(join(at("parts-run"), "parts.yaml"), "utf8");
    expect(readConfig(settings, "used.yaml").config.parts).toEqual({
      lora: [{ path: lora, scale: 0.5 }],
      vae: join(process.cwd(), "models/tinytown/vae"),
    });
  });

  test.each([undefined, "fatezero"] as const)("of a saved inversion, compat %s", async (compat) => {
    const saved = at(`${compat}.safetensors`);
    await inProcess(({ session }) =>
      invertJob(
        { input: clip, source: SOURCE, out: saved, frames: 2, steps: 3, compat, resume: false },
        session,
      ),
    );
    const { line, run, config } = await framesOfBoth(`saved-${compat}`, [saved, "-t", TARGET]);
    expect(run).toEqual(line);
    expect(config).toContain(`path: ${saved}`);

    // The config of a clip, with its inversion in place of it.
    const clips = at(`${compat}-clip.yaml`);
    const same = [
      clip,
      "-s",
      SOURCE,
      "-t",
      TARGET,
      ...few,
      "-o",
      "again/",
      ...(compat ? ["--compat", compat] : []),
    ];
    await writeFile(clips, await configOf(same));
    const events = await inProcess(async (watched) => {
      const request = { config: clips, out: at(`again-${compat}`), input: saved, resume: false };
      await runJob(request, watched.session);
      return watched.events;
    });
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "config-ignored" }));
    const again = await readVideo(join(at(`again-${compat}`), "again"));
    expect(again.frames.map(({ data }) => data)).toEqual(line);

    const file = at("other.yaml");
    await writeFile(file, config.replace("num_inference_steps: 3", "num_inference_steps: 4"));
    const other = inProcess(({ session }) => runJob({ config: file, out: at("no"), resume: false }, session));
    await expect(other).rejects.toThrow(/num_inference_steps is 4, and it was made with 3/);
  });
});

describe("--print-config", () => {
  let config: string;
  beforeAll(async () => {
    const options = "--strength 0.9 --compare both.gif --save-maps maps --no-resume --preview --json".split(
      " ",
    );
    config = await configOf([clip, "-s", SOURCE, "-t", TARGET, "-o", at("deep/blue.webm"), ...options]);
  });

  test("writes the authors' keys, and one mapping for the rest", () => {
    const { config: read, warnings } = readConfig(config, "blue.yaml");
    expect(warnings).toEqual([]);
    expect(read).toMatchObject({
      model: "tinytown",
      clip: { path: clip, prompt: SOURCE, start: 0, stride: 1, size: 128, fps: 8 },
      method: { steps: 50, compat: null, attend: [0, "mid"] },
      output: "blue.webm",
      audio: true,
    });
    expect(read.clip.frames).toBeUndefined();
    expect(read.edits[0]!.knobs.strength).toBeUndefined();
    expect(read.edits[0]!.knobs.guidance).toBeGreaterThan(2.5);
  });

  test("says which options it left out, and why", () => {
    const comments = config.split("\n").filter((line) => line.startsWith("#"));
    expect(comments[1]).toContain("fatezero edit");
    for (const flag of ["--compare", "--save-maps", "--no-resume", "--preview"])
      expect(comments.join("\n")).toContain(`${flag} is left out: `);
  });

  test("prints the config alone, does no work, and refuses what the edit would refuse", async () => {
    const line = ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", at("none.mp4"), "--print-config"];
    const [printed, refused] = await Promise.all([runCli(line), runCli([...line, "--mask-words", "horse"])]);
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect(readConfig(printed.stdout, basename("x.yaml")).config.output).toBe("none.mp4");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain('"horse" is not in the source prompt');
  });
});
