import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { loadCodecs } from "../codecs.node.ts";
import { openContainerSink } from "../write/container-sink.node.ts";
import { tagVp9KeyFrame } from "./vp9-color.ts";

const keyFrame = [0x82, 0x49, 0x83, 0x42, 0x1f];

it("sets the colour space of a key frame and nothing else", () => {
  const packet = Uint8Array.from([...keyFrame, 9]);
  tagVp9KeyFrame(packet);
  expect([...packet]).toEqual([0x82, 0x49, 0x83, 0x42, 0x5f, 9]);
});

it.each([
  ["an inter frame", [0x86, 0x49, 0x83, 0x42, 0x1f]],
  ["another profile", [0xa2, 0x49, 0x83, 0x42, 0x1f]],
  ["no sync code", [0x82, 0x49, 0x83, 0x43, 0x1f]],
  ["nothing", []],
])("leaves %s alone", (_, bytes) => {
  const packet = Uint8Array.from(bytes);
  tagVp9KeyFrame(packet);
  expect([...packet]).toEqual(bytes);
});

it("is what a decoder finds in a webm's stream", async () => {
  const mb = await loadCodecs();
  const dir = await mkdtemp(join(tmpdir(), "fatezero-vp9-"));
  try {
    const content = { timing: { fps: 8 }, metadata: undefined, audio: undefined, onWarning: () => {} };
    const sink = await openContainerSink(`${dir}/a.webm`, "webm", content);
    for (const frame of toyFrames(2, 33, 21)) await sink.write(frame);
    await sink.finish();
    const input = new mb.Input({ source: new mb.FilePathSource(`${dir}/a.webm`), formats: mb.ALL_FORMATS });
    const sample = await new mb.VideoSampleSink((await input.getPrimaryVideoTrack())!).getSample(0);
    expect(sample!.colorSpace).toMatchObject({ matrix: "bt709", fullRange: false });
    sample!.close();
    input.dispose();
  } finally {
    await rm(dir, { recursive: true });
  }
});
