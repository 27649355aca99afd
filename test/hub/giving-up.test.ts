import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, pull, SOON_OVER, treeOf } from "./cache.ts";
import { askedOf, expectResumable, expectWhole, ON_UNET, SIZE, UNET } from "./unet.ts";

const CONFIG = "unet/config.json";

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles(SIZE));
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

describe("a download gives up", () => {
  test("where nothing new comes, and can be gone on with", async () => {
    mirror.fault(ON_UNET, { type: "drop", after: 0 });
    mirror.fault(ON_UNET, { type: "drop", after: 20_000 }, 1);
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-interrupted",
      message: expect.stringMatching(
        new RegExp(
          `^The download of ${UNET} of "town/tiny" broke off: .+\\. Run the same again: it goes on after the 20000 of 50000 bytes that are here\\.$`,
        ),
      ),
    });
    // The first, one without a new byte for each try that is allowed, and one more.
    expect(askedOf(mirror)).toHaveLength(4);
    await expectResumable(mirror, home, 20_000);
  });

  test("where the server knows no ranges and always breaks at the same byte", async () => {
    mirror.fault(ON_UNET, { type: "drop", after: 20_000, whole: true });
    await expect(pull(mirror, home)).rejects.toMatchObject({ code: "hub-interrupted" });
    expect(askedOf(mirror)).toHaveLength(4);
    await expectResumable(mirror, home, 20_000);
  });

  test("where the server says nothing at all", async () => {
    const own = await homeFor(mirror, SOON_OVER);
    mirror.fault(ON_UNET, { type: "stall", after: 0 });
    await expect(pull(mirror, own, { retries: 0 })).rejects.toThrow(
      `The download of ${UNET} of "town/tiny" broke off: nothing came for 2 s. Run the same again`,
    );
    await expectResumable(mirror, own, 0);
  });

  test("where the wrong bytes come twice, naming both hashes; they are thrown away", async () => {
    mirror.fault(ON_UNET, { type: "wrong-bytes" });
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-corrupt",
      message: expect.stringMatching(
        new RegExp(
          `^${UNET} of "town/tiny" came wrong twice: its hash is [0-9a-f]{64} where ${mirror.etagOf(UNET)} is listed\\. It was thrown away\\. Try again later`,
        ),
      ),
    });
    expect(askedOf(mirror)).toHaveLength(2);
    await expectResumable(mirror, home, 0);
  });

  test("where a small file comes wrong, which git's hash tells", async () => {
    mirror.fault(/hub:unet\/config/, { type: "wrong-bytes" });
    await expect(pull(mirror, home)).rejects.toThrow(
      new RegExp(`^${CONFIG} of .* its hash is [0-9a-f]{40} where ${mirror.etagOf(CONFIG)} is listed`),
    );
    const tree = await treeOf(home.model);
    expect(tree).not.toHaveProperty([`snapshots/${mirror.commit}/${CONFIG}`]);
  });

  test("where the file is shorter than listed", async () => {
    mirror.fault(ON_UNET, { type: "shorter", by: 10 });
    await expect(pull(mirror, home)).rejects.toThrow(
      `${UNET} of "town/tiny" came wrong twice: it has 49990 bytes where 50000 are listed.`,
    );
    await expectResumable(mirror, home, 0);
  });

  test("where the file is longer than listed: no more is taken", async () => {
    mirror.claimSize(UNET, SIZE - 10);
    await expect(pull(mirror, home)).rejects.toThrow(/came wrong twice: its hash is/);
    await expectResumable(mirror, home, 0);
  });

  test("where a server keeps saying that it is busy", async () => {
    mirror.fault(ON_UNET, { type: "status", status: 503 });
    await expect(pull(mirror, home)).rejects.toThrow(
      /broke off: the storage server 127\.0\.0\.1:\d+ cannot answer now \(status 503\)\. Run/,
    );
    await expectResumable(mirror, home, 0);
  });

  test("where the hub itself asks for fewer requests", async () => {
    mirror.fault(/revision/, { type: "status", status: 429, headers: { "retry-after": "0" } });
    await expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-unreachable",
      message: expect.stringContaining(
        "cannot be used now: the server asks for fewer requests (status 429). Check",
      ),
    });
  });

  test("at once when it is told to, and can be gone on with", async () => {
    mirror.fault(ON_UNET, { type: "slow", bytes: 1000 });
    const abort = new AbortController();
    const done = pull(mirror, home, { signal: abort.signal });
    const failed = expect(done).rejects.toThrow("enough");
    while (askedOf(mirror).every(([, sent]) => sent < 5000)) await sleep(5);
    abort.abort(new Error("enough"));
    await failed;
    const tree = await treeOf(home.model);
    const held = Number(tree[`blobs/${mirror.etagOf(UNET)}.fatezero.incomplete`]);
    expect(held).toBeGreaterThanOrEqual(3000);
    // Most of what a server that is let go on would have sent was not waited for.
    expect(held).toBeLessThan(SIZE / 2);
    expect(tree).not.toHaveProperty(["refs/main"]);

    mirror.log.length = 0;
    mirror.fault(ON_UNET, { type: "length", by: 0 });
    await pull(mirror, home);
    expect(askedOf(mirror)).toEqual([[`bytes=${held}-`, SIZE - held]]);
    await expectWhole(mirror, home);
  });

  test("where another process takes the download over", async () => {
    mirror.fault(ON_UNET, { type: "slow", bytes: 100 });
    const lock = join(home.cache, ".locks", "models--town--tiny", "fatezero.lock");
    const failed = expect(pull(mirror, home)).rejects.toMatchObject({
      code: "hub-lock-lost",
      message: expect.stringContaining('Another process has taken over the download of "town/tiny".'),
    });
    while (askedOf(mirror).every(([, sent]) => sent < 500)) await sleep(5);
    await rm(lock, { recursive: true });
    await failed;
    expect(await treeOf(home.model)).not.toHaveProperty(["refs/main"]);
  });
});
