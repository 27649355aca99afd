/** What stands in the coded stream itself, beside what the container says of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { loadCodecs } from "../codecs.node.ts";
import { writeVideo } from "../index.node.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-stream-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

// Players such as Firefox look at the stream only, and show an untagged small video in BT.601.
it.each([
  ["a.mp4", 64, 48, 8],
  ["b.mov", 34, 22, 24],
  ["c.mkv", 256, 128, 29.97],
  ["d.webm", 33, 21, 8],
])("tells a decoder the colours: %s of %i x %i at %d fps", async (name, width, height, fps) => {
  const path = join(dir, name);
  await writeVideo(path, toyFrames(2, width, height), { fps });
  const { Input, FilePathSource, ALL_FORMATS, VideoSampleSink } = await loadCodecs();
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  const sample = await new VideoSampleSink((await input.getPrimaryVideoTrack())!).getSample(0);
  // VP9's stream has the matrix alone.
  const rest = name.endsWith("webm") ? {} : { primaries: "bt709", transfer: "bt709" };
  expect(sample!.colorSpace).toMatchObject({ matrix: "bt709", fullRange: false, ...rest });
  sample!.close();
  input.dispose();
});

it("holds H.264's parameter sets once, in the container, and no picture of another kind", async () => {
  const path = join(dir, "sets.mp4");
  await writeVideo(path, toyFrames(70), { fps: 40 });
  const { Input, FilePathSource, ALL_FORMATS, EncodedPacketSink } = await loadCodecs();
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  const track = (await input.getPrimaryVideoTrack())!;
  const config = (await track.getDecoderConfig())!;
  // High profile at level 1.0, as the stream's own parameters say.
  expect(config.codec).toBe("avc1.64000a");
  const types = new Map<string, number[]>();
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const view = new DataView(packet.data.buffer, packet.data.byteOffset, packet.data.byteLength);
    for (let at = 0; at < packet.data.length; at += 4 + view.getUint32(at))
      types.set(packet.type, [...(types.get(packet.type) ?? []), view.getUint8(at + 4) & 31]);
  }
  input.dispose();
  // The encoder's note and pictures that can be jumped to; all others of type 1.
  const [note, ...keys] = types.get("key")!;
  expect(note).toBe(6);
  expect(keys.length).toBeGreaterThan(1);
  expect(new Set(keys)).toEqual(new Set([5]));
  expect(types.get("delta")).toEqual(Array.from({ length: 70 - keys.length }, () => 1));
});
