import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isLeftover, removeLeftovers, temporarySibling } from "./index.node.ts";
import { holderBeside } from "./temporary.node.ts";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-leftovers-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const at = (...names: string[]): string => join(folder, ...names);
const put = async (name: string, age = 0): Promise<void> => {
  await writeFile(at(name), "half");
  const time = Date.now() / 1000 - age;
  await utimes(at(name), time, time);
};
const names = async (): Promise<string[]> => (await readdir(folder)).sort();

/** Names that a process of its own would give, while it lives. */
async function namesOfAnother(): Promise<{ tmp: string; old: string; kill: () => Promise<void> }> {
  const code = `import { holderBeside, temporarySibling } from ${JSON.stringify(join(import.meta.dirname, "temporary.node.ts"))};
    console.log(JSON.stringify([temporarySibling("/a/x"), holderBeside("/a/x")]));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [tmp, old] = await new Promise<[string, string]>((resolve) =>
    child.stdout!.once("data", (text: Buffer) => resolve(JSON.parse(text.toString()))),
  );
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.once("close", () => resolve());
      child.kill("SIGKILL");
    });
  return { tmp: tmp.slice(3), old: old.slice(3), kill };
}

describe("what a process writes", () => {
  it("stays while it lives, however old it is, and goes once it was killed", async () => {
    const { tmp, kill } = await namesOfAnother();
    const partial = `car.safetensors.${/[0-9a-f]{40}/.exec(tmp)![0]}.partial`;
    for (const name of [tmp, partial]) await put(name, 1e6);
    const own = temporarySibling(at("x.mp4"));
    await writeFile(own, "half");
    await removeLeftovers(at("x.mp4"));
    expect(await readdir(folder)).toHaveLength(3);
    await kill();
    await removeLeftovers(at("x.mp4"));
    expect(await names()).toEqual([own.slice(folder.length + 1)]);
  });

  it.skipIf(process.platform !== "linux")("goes where another process has its number now", async () => {
    const { tmp } = await namesOfAnother();
    const [machineAndNumber] = /^\.fatezero\..{16}/.exec(tmp)!;
    await put(`${machineAndNumber}${"0".repeat(11)}1${"a".repeat(12)}.tmp`);
    await removeLeftovers(at("x.mp4"));
    expect(await names()).toEqual([]);
  });

  it("stays for a day where it is of another machine", async () => {
    const name = (end: string): string => `.fatezero.${"0".repeat(28)}${end.repeat(12)}.tmp`;
    await put(name("a"), 3600);
    await put(name("b"), 100_000);
    await removeLeftovers(at("x.mp4"));
    expect(await names()).toEqual([name("a")]);
  });
});

it("what was about to be replaced comes back, unless something has its place", async () => {
  const { old, kill } = await namesOfAnother();
  await mkdir(at(old, "frames"), { recursive: true });
  await writeFile(at(old, "frames", "00000.png"), "mine");
  await removeLeftovers(at("x.mp4"));
  expect(await names()).toEqual([old]);
  await kill();
  await removeLeftovers(at("x.mp4"));
  expect(await names()).toEqual(["frames"]);
  expect(await readFile(at("frames", "00000.png"), "utf8")).toBe("mine");

  await mkdir(at(old, "frames"), { recursive: true });
  await writeFile(at(old, "frames", "00000.png"), "older");
  await removeLeftovers(at("x.mp4"));
  expect(await names()).toEqual(["frames"]);
  expect(await readFile(at("frames", "00000.png"), "utf8")).toBe("mine");
});

describe("names of older versions", () => {
  const HASH = "0123456789abcdef0123456789abcdef01234567";
  it("go when they are old", async () => {
    const ours = [
      ".fatezero.0123456789ab.tmp",
      ".x.mp4.0123456789ab.tmp",
      ".x.0123456789ab.tmp",
      "x.mp4.01234567.partial",
      `invert-${HASH}.safetensors.01234567.partial`,
    ];
    for (const name of ours) await put(name, 3600);
    await mkdir(at(".fatezero-aB3xYz"));
    await utimes(at(".fatezero-aB3xYz"), 1, 1);
    const young = ".fatezero.ba9876543210.tmp";
    await put(young);
    await removeLeftovers(at("x.mp4"));
    expect(await names()).toEqual([young]);
  });

  it("of other files, and a person's own, stay", async () => {
    const others = [
      ".notes.0123456789ab.tmp",
      ".fatezero.notes.tmp",
      ".fatezero.tmp",
      "sd15.safetensors.01234567.partial",
      "x.mp4.partial",
      "x.tmp",
      "x.mp4",
      ".fatezero-backup",
    ].sort();
    for (const name of others) await put(name, 1e7);
    await mkdir(at(".fatezero-mine12"));
    await writeFile(at(".fatezero-mine12", "diary.txt"), "mine");
    await utimes(at(".fatezero-mine12", "diary.txt"), 1, 1);
    await utimes(at(".fatezero-mine12"), 1, 1);
    await removeLeftovers(at("x.mp4"));
    expect(await names()).toEqual([...others, ".fatezero-mine12"].sort());
    expect(await readdir(at(".fatezero-mine12"))).toEqual(["diary.txt"]);
  });
});

it("nothing is a leftover of this process, nor where nothing is", async () => {
  expect(await isLeftover(holderBeside(at("x")))).toBe(false);
  await removeLeftovers(at("not", "there", "x.mp4"));
});
