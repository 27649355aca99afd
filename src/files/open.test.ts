import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as fromPath from "./open.node.ts";
import * as fromAddress from "./open.web.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

let folder: string;
let server: Server;
let origin: string;
/** Statuses that the server has answered with. */
let answered: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-files-"));
  await writeFile(join(folder, "bytes"), BYTES);
  await writeFile(join(folder, "empty"), "");
  // /parts/NAME knows ranges, as file servers do; /whole/NAME does not; /shifted/NAME says of all that they begin later.
  server = createServer(async (request, response) => {
    const [, kind, name = ""] = (request.url ?? "").split("/");
    const path = join(folder, basename(name));
    const size = await stat(path).then(
      (info) => info.size,
      () => null,
    );
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const [start, end] = [Number(first), Math.min(Number(last), (size ?? 0) - 1)];
    const inParts = kind !== "whole" && first !== undefined;
    const status = size === null ? 404 : !inParts ? 200 : start >= size ? 416 : 206;
    answered.push(status);
    if (status === 206) {
      const headers = {
        "content-range": `bytes ${start + (kind === "shifted" ? 1 : 0)}-${end}/${size}`,
        "content-length": end - start + 1,
      };
      createReadStream(path, { start, end }).pipe(response.writeHead(206, headers));
    } else if (status === 200) createReadStream(path).pipe(response.writeHead(200));
    else response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const WAYS = {
  "a path": { ...fromPath, nameOf: (file: string) => join(folder, file) },
  "an address of a server that knows parts": {
    ...fromAddress,
    nameOf: (file: string) => `${origin}/parts/${file}`,
  },
  "an address of one that does not": { ...fromAddress, nameOf: (file: string) => `${origin}/whole/${file}` },
};

describe.each(Object.entries(WAYS))("bytes of %s", (_, { withSource, nameOf }) => {
  it("are read in parts: where they are asked for, or as many as there are", async () => {
    await withSource(nameOf("bytes"), async (source) => {
      expect(await source.size()).toBe(BYTES.length);
      expect(await source.read(10, 5)).toEqual(BYTES.slice(10, 15));
      expect(await source.read(0, 1000)).toEqual(BYTES);
      expect(await source.read(990, 100)).toEqual(BYTES.slice(990));
      expect(await source.read(1000, 4)).toHaveLength(0);
      expect(await source.read(5, 0)).toHaveLength(0);
    });
  });

  it("are none in an empty file", async () => {
    await withSource(nameOf("empty"), async (source) => {
      expect(await source.size()).toBe(0);
      expect(await source.read(0, 8)).toHaveLength(0);
    });
  });

  it("are refused where there is nothing", async () => {
    const read = withSource(nameOf("other"), (source) => source.read(0, 8));
    await expect(read).rejects.toMatchObject({
      code: "file-access",
      message: expect.stringContaining("other"),
    });
  });
});

describe("an address", () => {
  it("is asked for no more than is read", async () => {
    answered = [];
    await fromAddress.withSource(`${origin}/parts/bytes`, (source) => source.read(3, 4));
    expect(answered).toEqual([206]);
  });

  it("whose server knows no parts is asked once", async () => {
    answered = [];
    await fromAddress.withSource(`${origin}/whole/bytes`, async (source) => {
      await source.read(3, 4);
      await source.read(30, 4);
      await source.size();
    });
    expect(answered).toEqual([200]);
  });

  it("whose server sends another part than was asked for is refused", async () => {
    const read = fromAddress.withSource(`${origin}/shifted/bytes`, (source) => source.read(3, 4));
    await expect(read).rejects.toMatchObject({
      code: "file-access",
      message: expect.stringContaining("another part"),
    });
  });

  it("that nobody answers at is told with its cause", async () => {
    const read = fromAddress.withSource("http://127.0.0.1:9/bytes", (source) => source.read(0, 1));
    await expect(read).rejects.toMatchObject({
      code: "file-access",
      message: expect.stringContaining("fetch failed"),
    });
  });
});
