import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultsOf } from "../../src/job/event-schema.ts";
import { runCli, startCli } from "../cli/run-cli.ts";
import { filesOfFolder } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, treeOf } from "./cache.ts";

const UNET = "unet/diffusion_pytorch_model.safetensors";
const TINYTOWN = filesOfFolder("models/tinytown");
const WAITING = "town/tiny is being downloaded by another process: waiting for it";
const SIZE = TINYTOWN[UNET]!.length;

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(TINYTOWN);
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

const models = (...args: string[]) => runCli(["models", ...args], home.env);
const ofUnet = () => mirror.content().filter(({ path, server }) => path === UNET && server === "storage");

describe("fatezero models", () => {
  test("pull, list, path, verify and rm; pull also offline", async () => {
    const pulled = await models("pull", mirror.id, "--json");
    const folder = join(home.model, "snapshots", mirror.commit);
    const events = pulled.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.flatMap(faultsOf)).toEqual([]);
    const downloads = events.filter(({ type }) => type === "download");
    expect(downloads[0]).toMatchObject({ bytes: 0 });
    expect(downloads.at(-1)!.bytes).toBe(downloads[0]!.total);
    expect(events.at(-1)).toMatchObject({ type: "result", output: folder });
    expect(pulled.stderr).toMatch(
      /^Starting\n(?:Starting.*\n)?Downloading {2}\d+ MB\n(Downloading .*\n)*Downloading {2}\d+ MB in .*\nmodel {6}town\/tiny is complete, at commit [0-9a-f]{8}\n/,
    );
    expect(mirror.content().map(({ path }) => path)).not.toContain("clip/model.safetensors");
    mirror.log.length = 0;

    const offline = { ...home.env, HF_HUB_OFFLINE: "1" };
    const [again, listed, path, verified, described, named, data] = await Promise.all([
      runCli(["models", "pull", mirror.id], offline),
      models("list"),
      models("path", mirror.id),
      models("verify", mirror.id),
      models(folder),
      models("list", mirror.id),
      models("list", "--json"),
    ]);
    expect(named.stdout).toMatch(/^town\/tiny\n {2}path/);
    expect(JSON.parse(data.stdout).cached).toMatchObject({
      folder: home.cache,
      models: [{ id: "town/tiny", kind: "pipeline", folder }],
    });
    expect(again).toMatchObject({ code: 0, stdout: `${folder}\n` });
    expect(listed.stdout).toMatch(
      new RegExp(
        `In the Hugging Face cache, ${home.cache}:\n {2}town/tiny +\\d+ MB {2}used .* ago {2}${folder}\n`,
      ),
    );
    expect(path).toMatchObject({ code: 0, stdout: `${folder}\n` });
    expect(verified).toMatchObject({ code: 0, stdout: `${home.model}\n` });
    expect(verified.stderr).toContain(`✓ ${UNET}: ${SIZE} bytes, as its hash says\n`);
    expect(described.stdout).toContain("works at  128 pixels");
    expect(mirror.log).toEqual([]);

    await writeFile(join(home.model, "blobs", mirror.etagOf(UNET)), "short");
    const bad = await models("verify", mirror.id);
    expect([bad.code, bad.stdout]).toEqual([1, ""]);
    expect(bad.stderr).toContain(`✗ ${UNET}: its hash is`);
    expect(bad.stderr).toMatch(
      /error: Of the \d+ files of "town\/tiny" one is not as it should be: unet\/diffusion_pytorch_model\.safetensors\. Get it anew: fatezero models rm town\/tiny, then fatezero models pull town\/tiny/,
    );

    const removed = await models("rm", mirror.id);
    expect(removed.stdout).toMatch(new RegExp(`^removed town/tiny from ${home.cache}: \\d+ MB freed\n$`));
    expect(await treeOf(home.model)).toEqual({});
    expect(await models("path", mirror.id)).toMatchObject({ code: 1, stdout: "" });
  });

  test("verify opens a folder and the embedded model, and looks for every weight", async () => {
    const [good, none] = await Promise.all([models("verify", "tinytown"), models("verify", home.folder)]);
    expect(good.stderr).toMatch(/✓ unet: all \d+ weights are there\n✓ text_encoder: .*\n✓ vae: /);
    expect(good.code).toBe(0);
    expect(none).toMatchObject({ code: 1, stdout: "" });
  });

  test.each<[string, string[], number, string]>([
    ["a model that is not there", ["pull", "town/tinny"], 1, 'There is no model "town/tinny"'],
    ["the embedded model, to be removed", ["rm", "tinytown"], 2, "comes with the program"],
    ["a variant that nobody has", ["pull", "town/tiny", "--variant", "fp8"], 2, "Allowed choices are fp16"],
  ])("%s is refused", async (_, args, code, message) => {
    const run = await models(...args);
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("a model that cannot be computed is refused before its weights are fetched", async () => {
    const config = JSON.parse(Buffer.from(TINYTOWN["unet/config.json"]!).toString()) as object;
    const inpainting = Buffer.from(JSON.stringify({ ...config, in_channels: 17 }));
    mirror.push({ ...TINYTOWN, "unet/config.json": inpainting });
    const { code, stderr } = await models("pull", mirror.id);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: town\/tiny\/unet.*: the UNet takes 17 channels and gives 8/);
    expect(ofUnet()).toEqual([]);
  });

  test("a VAE by itself is pulled as one", async () => {
    const { "vae/config.json": config, "vae/diffusion_pytorch_model.safetensors": weights } = TINYTOWN;
    mirror.push({ "config.json": config!, "diffusion_pytorch_model.safetensors": weights! });
    const { code, stdout } = await models("pull", mirror.id);
    expect([code, stdout]).toEqual([0, `${join(home.model, "snapshots", mirror.commit)}\n`]);
  });
});

describe("processes that pull", () => {
  const sent = () => ofUnet().reduce((sum, entry) => sum + entry.sent, 0);

  test("at once transfer each byte once: the second waits and finds all there", async () => {
    mirror.fault(/storage:unet/, { type: "slow", bytes: Math.ceil(SIZE / 150) });
    const runs = [1, 2].map(() => startCli(["models", "pull", mirror.id], home.env));
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(ends[0]!.stdout).toBe(ends[1]!.stdout);
    const waited = ends.filter(({ stderr }) => stderr.includes(WAITING));
    expect(waited).toHaveLength(1);
    expect(waited[0]!.stderr).not.toContain("Downloading");
    const once = mirror
      .content()
      .filter((entry) => entry.sent > 0)
      .map(({ path }) => path);
    expect(once.length).toBe(new Set(once).size);
    expect(sent()).toBe(SIZE);
  });

  test("and are killed leave what the next goes on with", async () => {
    mirror.fault(/storage:unet/, { type: "slow", bytes: Math.floor(SIZE / 100) }, 1);
    const first = startCli(["models", "pull", mirror.id], home.env);
    while (sent() < SIZE / 4) await sleep(10);
    first.child.kill("SIGKILL");
    await first.ended;
    const part = Number((await treeOf(home.model))[`blobs/${mirror.etagOf(UNET)}.fatezero.incomplete`]);
    expect(part).toBeGreaterThan(SIZE / 10);
    expect(await models("path", mirror.id)).toMatchObject({ code: 1 });

    mirror.log.length = 0;
    const again = await models("pull", mirror.id);
    expect(again.code).toBe(0);
    expect(ofUnet()).toMatchObject([{ range: `bytes=${part}-`, sent: SIZE - part }]);
    expect(await models("verify", mirror.id)).toMatchObject({ code: 0 });
  });

  test("are stopped by Ctrl-C at once, and leave no lock", async () => {
    // All of it would take the server 40 s.
    mirror.fault(/storage:unet/, { type: "slow", bytes: Math.floor(SIZE / 2000) }, 1);
    const run = startCli(["models", "pull", mirror.id], home.env);
    while (sent() < SIZE / 100) await sleep(10);
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    expect(sent()).toBeLessThan(SIZE / 2);
    expect(Object.keys(await treeOf(join(home.cache, ".locks")))).toEqual([]);
    const again = await models("pull", mirror.id);
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain(WAITING);
  });
});
