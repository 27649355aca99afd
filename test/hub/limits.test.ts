/** A server that is broken or hostile has us do a bounded amount of work, and is named. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_HUB_ANSWER_BYTES, MAX_HUB_PAGES } from "../../src/limits.ts";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Fault, type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, pull, SOON_OVER } from "./cache.ts";
import { expectWhole, ON_UNET, SIZE, UNET } from "./unet.ts";

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles(SIZE));
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

const TREE = /\/tree\//;
const refusal = (request = {}): Promise<Error> =>
  pull(mirror, home, request).then(
    () => {
      throw new Error("It was taken.");
    },
    (error: Error) => error,
  );
const entry = (more: object = {}): object => ({
  type: "file",
  path: "a.json",
  size: 3,
  oid: "0".repeat(40),
  ...more,
});
const text = (entries: unknown): Fault => ({ type: "text", text: JSON.stringify(entries) });

describe("an answer", () => {
  test.each<[string, RegExp, Fault, string]>([
    ["of a listing that is packed", TREE, { type: "gzip", bytes: 2e9 }, "answers with more than 32 MB"],
    ["of a listing that never ends", TREE, { type: "endless" }, "answers with more than 32 MB"],
    ["of a commit that never ends", /\/revision\//, { type: "endless" }, "answers with more than 32 MB"],
    [
      "nested without end",
      TREE,
      { type: "text", text: "[".repeat(3_000_000) },
      "something else than a list of files",
    ],
    ["that is no list", TREE, text({ a: 1 }), "something else than a list of files"],
    [
      "of a commit that is a list",
      /\/revision\//,
      text({ id: "x", sha: ["a".repeat(40)] }),
      "something else than a commit",
    ],
  ])("%s is refused", async (_, path, fault, said) => {
    mirror.fault(path, fault);
    const error = await refusal();
    expect(error).toMatchObject({ code: "hub-answer", message: expect.stringContaining(said) });
    expect(MAX_HUB_ANSWER_BYTES).toBe(32e6);
  });

  test("of pages without end is followed so far only", async () => {
    mirror.fault(TREE, { type: "more-pages" });
    expect(await refusal()).toMatchObject({
      code: "hub-answer",
      message: expect.stringContaining(
        `The list of files of "town/tiny" at ${mirror.endpoint} has more than ${MAX_HUB_PAGES} pages`,
      ),
    });
    expect(mirror.log.filter(({ path }) => TREE.test(path))).toHaveLength(MAX_HUB_PAGES);
  });
});

describe("an entry of a listing", () => {
  test.each<[string, unknown, string]>([
    ["no entry", null, "null, which is no file"],
    ["a path that is no text", entry({ path: 7 }), "the path 7"],
    ["a path that leads out", entry({ path: "unet/../../x" }), 'the path "unet/../../x"'],
    ["a folder that leads out", entry({ type: "directory", path: ".." }), 'the path ".."'],
    ["a path from the root", entry({ path: "/etc/passwd" }), 'the path "/etc/passwd"'],
    ["a path of Windows", entry({ path: "C:x" }), 'the path "C:x"'],
    ["a path with backslashes", entry({ path: "a\\..\\b" }), "the path"],
    ["a path with controls", entry({ path: "a\u0000b" }), "the path"],
    ["a path without an end", entry({ path: "x".repeat(2000) }), "the path"],
    ["a negative size", entry({ size: -1 }), 'gives "a.json" the size -1'],
    ["a size that is a text", entry({ size: "12" }), 'the size "12"'],
    ["a size that is half a byte", entry({ size: 1.5 }), "the size 1.5"],
    ["a size beyond all disks", entry({ size: 1e30 }), "the size 1e+30"],
    ["no size", entry({ size: undefined }), "the size undefined"],
    ["a size in LFS that is none", entry({ lfs: { oid: "0".repeat(64), size: null } }), "the size null"],
    ["a hash that is none", entry({ oid: "../x" }), 'the hash "../x"'],
    ["a hash in a list", entry({ oid: ["0".repeat(40)] }), "the hash"],
  ])("with %s is refused with its repository", async (_, wrong, said) => {
    mirror.fault(TREE, text([wrong]));
    const error = await refusal();
    expect(error).toMatchObject({ code: "hub-answer" });
    expect(error.message).toContain(`The list of files of "town/tiny" at ${mirror.endpoint}`);
    expect(error.message).toContain(said);
  });

  test("may not come twice", async () => {
    mirror.fault(TREE, text([entry(), entry({ size: 4 })]));
    expect((await refusal()).message).toContain('holds "a.json" twice');
  });

  test("may not claim more bytes of a configuration than any has", async () => {
    mirror.claimSize("unet/config.json", 5e9);
    expect((await refusal()).message).toContain("lists unet/config.json with 5.0 GB");
    expect(mirror.content()).toEqual([]);
  });
});

describe("a server that is busy", () => {
  test.each([
    ["429", { status: 429, headers: { "retry-after": "1" } }],
    ["503", { status: 503, headers: { "retry-after": new Date(Date.now() + 900).toUTCString() } }],
  ])("for a moment (%s) is waited for, which is told", async (_, answer) => {
    mirror.fault(/\/revision\//, { type: "status", ...answer }, 1);
    const { events } = await pull(mirror, home);
    expect(events).toContainEqual({
      type: "warning",
      code: "hub-wait",
      message: expect.stringMatching(/^http.*\(status \d+\); it is asked again in /),
    });
    await expectWhole(mirror, home);
  });

  test.each([
    ["of commits, in seconds", /\/revision\//, "7200"],
    ["of files, in seconds", ON_UNET, "7200"],
    ["without end", TREE, "9".repeat(400)],
    ["until a date", TREE, new Date(Date.now() + 7_205_000).toUTCString()],
  ])("for hours is given up: %s", async (_, path, after) => {
    mirror.fault(path, { type: "status", status: 429, headers: { "retry-after": after } });
    const error = await refusal({ retries: 5 });
    expect(error).toMatchObject({ code: "hub-busy" });
    expect(error.message).toContain(`${mirror.endpoint} cannot be used now`);
    const later =
      after.length > 100 ? /asked again in more than a month only/ : /asked again in [12] h \d+ min only/;
    expect(error.message).toMatch(later);
  });

  test("that says no time that can be read is asked again as ever", async () => {
    mirror.fault(/\/revision\//, { type: "status", status: 503, headers: { "retry-after": "soon" } }, 1);
    const { events } = await pull(mirror, home);
    expect(events.filter(({ type }) => type === "warning")).toEqual([]);
  });
});

test("a download that drips is ended as one that stalls", async () => {
  home = await homeFor(mirror, SOON_OVER);
  mirror.fault(ON_UNET, { type: "slow", bytes: 1 });
  const error = await refusal({ retries: 1 });
  expect(error).toMatchObject({ code: "hub-interrupted" });
  expect(error.message).toContain("nothing came for 2 s");
});

test.each([
  ["nowhere", "http://["],
  ["to a file", "file:///etc/passwd"],
])("a redirect that leads %s is refused", async (_, location) => {
  mirror.fault(/hub:unet\/config/, { type: "status", status: 302, headers: { location } });
  const error = await refusal();
  expect(error).toMatchObject({ code: "hub-answer" });
  expect(error.message).toContain("which is no web address");
});

test("redirects are followed a few times", async () => {
  mirror.fault(/hub:unet\/config/, { type: "status", status: 302, headers: { location: "config.json" } });
  expect((await refusal()).message).toContain("redirects more than 5 times");
});

test.each(["a link", "a folder"])("a partial download that is %s is not written to", async (kind) => {
  const partial = join(home.model, "blobs", `${mirror.etagOf(UNET)}.fatezero.incomplete`);
  const precious = join(home.folder, "precious");
  await writeFile(precious, "mine");
  await mkdir(dirname(partial), { recursive: true });
  if (kind === "a link") await symlink(precious, partial);
  else await mkdir(partial);
  const error = await refusal();
  expect(error).toMatchObject({ code: "hub-cache" });
  expect(error.message).toContain(partial);
  expect(await readFile(precious, "utf8")).toBe("mine");
});
