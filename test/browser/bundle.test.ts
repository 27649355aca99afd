import { createContext, runInContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edit, invert } from "../../src/edit/index.ts";
import { modelFromCheckpoint, openCheckpoint } from "../../src/pipeline/index.node.ts";
import type { Model } from "../../src/pipeline/index.ts";
import { type Bundle, bundleForBrowser } from "./bundle.ts";

const METHOD = "test/browser/method.ts";

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleForBrowser(METHOD);
});

describe("the method, bundled for browsers,", () => {
  it("holds nothing that is for Node", () => {
    expect(bundle.forNode).toEqual([]);
    expect(bundle.files).toContain("src/files/open.web.ts");
  });

  it.each([
    ["src/pipeline/index.node.ts", "src/pipeline/index.node.ts imports src/pipeline/load.node.ts"],
    ["src/video/index.node.ts", "src/video/read/open-source.node.ts imports node:fs/promises"],
    ["src/version.node.ts", "src/version.node.ts imports node:fs"],
  ])("would be found out with %s in it", async (entry, finding) => {
    expect((await bundleForBrowser(entry)).forNode).toContain(finding);
  });
});

describe("the bundle", () => {
  let model: Model;
  beforeAll(async () => {
    model = await modelFromCheckpoint(await openCheckpoint("tinytown"));
  });
  afterAll(() => model.close());

  it("edits with what browsers have, to the same numbers", async () => {
    const side = 64;
    const frames = [0, 1].map((f) => ({
      width: side,
      height: side,
      data: Uint8Array.from({ length: side * side * 3 }, (_, i) => 128 + 100 * Math.sin(i / 300 + f)),
    }));
    const clip = { frames, fps: 8 };
    const options = { prompt: "a red car on a road", steps: 3, size: side };
    const target = { prompt: "a blue car on a road", preset: "attribute", keepTrajectory: true } as const;
    const inversion = await invert(model, clip, options);
    const expected = await edit(model, inversion, target);

    const own = pageWith(bundle.code);
    const { createModel } = own.pipeline;
    const ownModel = createModel(model.checkpoint, model.engine, model.fingerprint);
    const ownInversion = await own.edit.invert(ownModel, clip, options);
    const result = await own.edit.edit(ownModel, ownInversion, target);
    expect(ownInversion.latents.data).toEqual(inversion.latents.data);
    expect(result.trajectory?.data).toEqual(expected.trajectory?.data);
    expect(result.frames.map(({ data }) => data)).toEqual(expected.frames.map(({ data }) => data));
  });
});

/** Runs the bundle where there is what a page or its worker has, and nothing of Node's. */
function pageWith(code: string): typeof import("./method.ts") {
  const web = { AbortController, AbortSignal, crypto, fetch, performance, TextDecoder, TextEncoder, URL };
  // The engine hands over arrays of this realm, and what checks their classes shall know them.
  const arrays = { ArrayBuffer, BigInt64Array, DataView, Float32Array, Uint16Array, Uint32Array, Uint8Array };
  const page = createContext({ ...web, ...arrays });
  // The name that pages and workers have for it.
  page.self = page;
  runInContext(`${code}; globalThis.method = fatezero;`, page);
  return page.method;
}
