import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Fault, type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, pull, SOON_OVER } from "./cache.ts";
import { askedOf, expectWhole, ON_UNET, SIZE, UNET } from "./unet.ts";

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles(SIZE));
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

describe("a download gets over", () => {
  test.each<[string, Fault, number, (readonly [string | undefined, number])[]]>([
    [
      "a connection that breaks: only the rest is asked for again",
      { type: "drop", after: 20_000 },
      1,
      [
        [undefined, 20_000],
        ["bytes=20000-", 30_000],
      ],
    ],
    [
      "one that breaks again and again, as long as something new comes",
      { type: "drop", after: 10_000 },
      4,
      [
        [undefined, 10_000],
        ["bytes=10000-", 10_000],
        ["bytes=20000-", 10_000],
        ["bytes=30000-", 10_000],
        ["bytes=40000-", 10_000],
      ],
    ],
    ["one that breaks behind the last byte", { type: "length", by: 1000 }, 1, [[undefined, SIZE]]],
    [
      "a Content-Length that is too short",
      { type: "length", by: -1000 },
      1,
      [
        [undefined, SIZE - 1000],
        [undefined, SIZE],
      ],
    ],
    [
      "wrong bytes, which are asked for once more from the beginning",
      { type: "wrong-bytes" },
      1,
      [
        [undefined, SIZE],
        [undefined, SIZE],
      ],
    ],
    [
      "a server that says nothing any more",
      { type: "stall", after: 30_000 },
      1,
      [
        [undefined, 30_000],
        ["bytes=30000-", 20_000],
      ],
    ],
    [
      "a busy server",
      { type: "status", status: 503 },
      2,
      [
        [undefined, 0],
        [undefined, 0],
        [undefined, SIZE],
      ],
    ],
    [
      "a server that wants fewer requests",
      { type: "status", status: 429, headers: { "retry-after": "0" } },
      1,
      [
        [undefined, 0],
        [undefined, SIZE],
      ],
    ],
    [
      "a storage link that has expired: the hub is asked for another",
      { type: "status", status: 403 },
      1,
      [
        [undefined, 0],
        [undefined, SIZE],
      ],
    ],
  ])("%s", async (_, fault, times, expected) => {
    const own = fault.type === "stall" ? await homeFor(mirror, SOON_OVER) : home;
    mirror.fault(ON_UNET, fault, times);
    await pull(mirror, own);
    expect(askedOf(mirror)).toEqual(expected);
    await expectWhole(mirror, own);
  });

  test.each<[string, Fault, (readonly [string | undefined, number])[]]>([
    ["a server that knows no ranges", { type: "ignore-range" }, [["bytes=20000-", SIZE]]],
    [
      "a server that sends another part than was asked for",
      { type: "wrong-range" },
      [
        ["bytes=20000-", 0],
        [undefined, SIZE],
      ],
    ],
    [
      "a server that says that there is nothing behind",
      { type: "status", status: 416 },
      [
        ["bytes=20000-", 0],
        [undefined, SIZE],
      ],
    ],
  ])("%s, by beginning again", async (_, fault, expected) => {
    await leavePart(pipelineFiles(SIZE)[UNET]!.subarray(0, 20_000));
    mirror.fault(ON_UNET, fault, 1);
    await pull(mirror, home);
    expect(
      askedOf(mirror).map(([range, sent]) => [range, fault.type === "wrong-range" && range ? 0 : sent]),
    ).toEqual(expected);
    await expectWhole(mirror, home);
  });

  test("a listing that breaks off, and one that comes late", async () => {
    const own = await homeFor(mirror, SOON_OVER);
    mirror.fault(/tree/, { type: "drop", after: 100 }, 1);
    mirror.fault(/revision/, { type: "stall", after: 20 }, 1);
    mirror.fault(/tree/, { type: "status", status: 502 }, 1);
    await pull(mirror, own);
    await expectWhole(mirror, own);
  });
});

/** A partial download of the UNet's weights, as an earlier run leaves one. */
async function leavePart(bytes: Uint8Array): Promise<void> {
  await mkdir(join(home.model, "blobs"), { recursive: true });
  await writeFile(join(home.model, "blobs", `${mirror.etagOf(UNET)}.fatezero.incomplete`), bytes);
}

describe("an earlier run's part", () => {
  test("is gone on with", async () => {
    await leavePart(pipelineFiles(SIZE)[UNET]!.subarray(0, 49_000));
    const { events } = await pull(mirror, home);
    expect(askedOf(mirror)).toEqual([["bytes=49000-", 1000]]);
    expect(events[0]).toMatchObject({ type: "download", bytes: 49_000 });
    await expectWhole(mirror, home);
  });

  test("that is whole is only checked", async () => {
    await leavePart(pipelineFiles(SIZE)[UNET]!);
    await pull(mirror, home);
    expect(askedOf(mirror)).toEqual([]);
    await expectWhole(mirror, home);
  });

  test.each([
    ["of other bytes", 20_000],
    ["that is too long", SIZE + 1],
  ])("%s is thrown away", async (_, length) => {
    await leavePart(new Uint8Array(length));
    await pull(mirror, home);
    expect(askedOf(mirror).at(-1)).toEqual([undefined, SIZE]);
    await expectWhole(mirror, home);
  });
});
