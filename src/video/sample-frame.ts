import type { VideoSample } from "mediabunny";
import { type ColorTags, resolveColor } from "./color.ts";
import { orientFrame, resizeFrame } from "./frame.ts";
import type { Frame } from "./types.ts";
import { type YuvImage, yuvToRgb } from "./yuv-to-rgb.ts";

const PLANAR = /^I4(20|22|44)A?(?:P(10|12))?$/;
const DIVISORS = { "20": { x: 2, y: 2 }, "22": { x: 2, y: 1 }, "44": { x: 1, y: 1 } } as const;

/** The planes of a decoded picture, or undefined when its format is not planar Y'CbCr. */
async function planes(sample: VideoSample): Promise<YuvImage | undefined> {
  const match = PLANAR.exec(sample.format ?? "");
  if (!match) return undefined;
  const chromaDivisor = DIVISORS[match[1] as keyof typeof DIVISORS];
  const bitDepth = match[2] === "10" ? 10 : match[2] === "12" ? 12 : 8;
  const { codedWidth: width, codedHeight: height } = sample;
  const bytes = new Uint8Array(sample.allocationSize());
  const layout = await sample.copyTo(bytes);
  const chroma = Math.ceil(width / chromaDivisor.x) * Math.ceil(height / chromaDivisor.y);
  const plane = (index: number, length: number) => {
    const { offset } = layout[index]!;
    return bitDepth === 8
      ? bytes.subarray(offset, offset + length)
      : new Uint16Array(bytes.buffer, offset, length);
  };
  return {
    width,
    height,
    y: plane(0, width * height),
    u: plane(1, chroma),
    v: plane(2, chroma),
    chromaDivisor,
    bitDepth,
  };
}

// The published types of WebCodecs do not know `format` yet.
const TO_RGBA: Parameters<VideoSample["copyTo"]>[1] & { format: "RGBA" } = { format: "RGBA" };

/** Any other format (packed RGB, palettes …): the decoder's own conversion, alpha dropped. */
async function packedRgb(sample: VideoSample): Promise<Frame> {
  const { codedWidth: width, codedHeight: height } = sample;
  const rgba = new Uint8Array(sample.allocationSize(TO_RGBA));
  await sample.copyTo(rgba, TO_RGBA);
  const data = new Float32Array(width * height * 3);
  for (let p = 0, s = 0; p < data.length; p += 3, s += 4) {
    data[p] = rgba[s]!;
    data[p + 1] = rgba[s + 1]!;
    data[p + 2] = rgba[s + 2]!;
  }
  return { width, height, data };
}

/**
 * A decoded picture as a frame (floats): colours by the tags of the picture, then `containerTags`; square pixels;
 * rotated and mirrored as the file's header says.
 */
export async function sampleToFrame(sample: VideoSample, containerTags: ColorTags): Promise<Frame> {
  const image = await planes(sample);
  const frame = image
    ? yuvToRgb(image, resolveColor([sample.colorSpace, containerTags], image.height))
    : await packedRgb(sample);
  const square = resizeFrame(frame, sample.squarePixelWidth, sample.squarePixelHeight);
  return orientFrame(square, sample.rotation, sample.flip);
}
