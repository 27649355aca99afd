/** A cache that cannot keep anything is told before the work, and spoils none of it. */
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "../cli/run-cli.ts";
import { canMount, onSmallDisk } from "../support/small-disk.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const clip = await toyClip(folder, 2, 64, 64);
await writeFile(at("file"), "mine");
await symlink(at("nowhere", "at", "all"), at("dangling"));

let runs = 0;
const edit = (cache: string): Promise<Ended> =>
  runCli(
    [
      ...["edit", clip, "-s", SOURCE, "-t", TARGET, "--size", "64", "--steps", "2"],
      ...["-o", at("out", `${runs++}.mp4`)],
    ],
    { FATEZERO_CACHE: cache },
  );

/** One warning, before anything is computed, and the result. */
function expectTold({ code, stderr }: Ended, why: string | RegExp): void {
  expect(stderr).toMatch(why);
  expect(stderr.split("The state of the work is not kept this time")).toHaveLength(2);
  expect(stderr).not.toContain("not kept from here on");
  expect(stderr.indexOf("The state of the work is not kept this time")).toBeLessThan(
    stderr.search(/Encoding|Editing/),
  );
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
}

const isLinux = process.platform === "linux";

describe("FATEZERO_CACHE that is", () => {
  test.each([
    ["a file", at("file"), "is no folder, or lies in none", true],
    ["below a file", at("file", "cache"), "is no folder, or lies in none", true],
    ["a link that leads nowhere", at("dangling"), "The state of the work is not kept this time", true],
    ["a name that is too long", at("x".repeat(300)), "nothing can be written in", true],
    ["/dev/null", "/dev/null", "/dev/null is no folder, or lies in none", isLinux],
    ["/proc", "/proc", "nothing can be written in /proc", isLinux],
  ])("%s", async (_, cache, why, isHere) => {
    if (!isHere) return;
    expectTold(await edit(cache), why);
    const [listed, cleared, path] = await Promise.all(
      ["list", "clear", "path"].map((query) => runCli(["cache", query], { FATEZERO_CACHE: cache })),
    );
    for (const query of [listed!, cleared!, path!]) expect(query).toMatchObject({ code: 0, stderr: "" });
    expect(listed!.stdout).toMatch(/^0 states/);
    expect(path!.stdout).toBe(`${cache}\n`);
  });

  test.skipIf(!canMount())("on a full disk: what it holds is still gone on from", async () => {
    await mkdir(at("disk"));
    await onSmallDisk(at("disk"), 2_000_000, async () => {
      const cache = at("disk", "cache");
      const first = await edit(cache);
      expect(first.stderr).not.toContain("not kept");
      await writeFile(at("disk", "full"), new Uint8Array(3_000_000)).catch(() => {});
      const second = await edit(cache);
      expectTold(second, `there is no space left in ${cache}`);
      expect(second.stderr).toContain("the inversion is taken from an earlier run");
      expect(await readdir(cache)).toHaveLength(1);
    });
  });

  test.skipIf(!canMount())("on a disk with less room than the state takes", async () => {
    await mkdir(at("small"));
    await onSmallDisk(at("small"), 16_384, async () => {
      expectTold(await edit(at("small", "cache")), /it takes .* are free in/);
    });
  });
});

test("the hub's cache does not matter to a model that is there", async () => {
  const env = { HF_HOME: "/dev/null", HF_HUB_CACHE: at("file"), HF_TOKEN_PATH: "/proc/self/mem" };
  const out = at("local.mp4");
  const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "--size", "64", "--steps", "1", "-o", out];
  const models = join(process.cwd(), "models", "tinytown");
  expect(await runCli([...args, "--model", models], env)).toMatchObject({ code: 0 });
  expect(await runCli(["models", "list"], env)).toMatchObject({ code: 0, stderr: "" });
  expect(await namesIn(folder)).toContain("local.mp4");
});
