import type { VideoSample } from "mediabunny";
import { type Background, composeOver } from "../background.ts";
import { type ColorTags, resolveColor } from "../color/color.ts";
import { type Dynamics, resolveDynamics, toneMapper } from "../color/hdr.ts";
import { type YuvImage, yuvToRgb } from "../color/yuv-to-rgb.ts";
import { orientFrame, resizeFrame } from "../frame.ts";
import type { Frame } from "../types.ts";

const PLANAR = /^I4(20|22|44)(A?)(?:P(10|12))?$/;
const DIVISORS = { "20": { x: 2, y: 2 }, "22": { x: 2, y: 1 }, "44": { x: 1, y: 1 } } as const;

/** A decoded picture and, if it has one, its plane of opacity (codes of `bitDepth` bits, full range). */
interface Picture extends YuvImage {
  readonly alpha: ArrayLike<number> | undefined;
}

/** The planes of a decoded picture, or undefined when its format is not planar Y'CbCr. */
async function planes(sample: VideoSample): Promise<Picture | undefined> {
  const match = PLANAR.exec(sample.format ?? "");
  if (!match) return undefined;
  const chromaDivisor = DIVISORS[match[1] as keyof typeof DIVISORS];
  const bitDepth = match[3] === "10" ? 10 : match[3] === "12" ? 12 : 8;
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
    alpha: match[2] ? plane(3, width * height) : undefined,
    chromaDivisor,
    bitDepth,
  };
}

// The published types of WebCodecs do not know `format` yet.
const TO_RGBA: Parameters<VideoSample["copyTo"]>[1] & { format: "RGBA" } = { format: "RGBA" };

/** Any other format (packed RGB, palettes …): the decoder's own conversion. */
async function packedRgb(sample: VideoSample, background: Background): Promise<Frame> {
  const { codedWidth: width, codedHeight: height } = sample;
  const rgba = new Uint8Array(sample.allocationSize(TO_RGBA));
  await sample.copyTo(rgba, TO_RGBA);
  const data = new Float32Array(width * height * 3);
  for (let p = 0, s = 0; p < data.length; p += 3, s += 4) {
    data[p] = rgba[s]!;
    data[p + 1] = rgba[s + 1]!;
    data[p + 2] = rgba[s + 2]!;
  }
  composeOver(data, (p) => rgba[p * 4 + 3]! / 255, background);
  return { width, height, data };
}

/**
 * Makes frames (floats) of a video's decoded pictures: colours by the tags of the picture, then `containerTags`, high
 * dynamic range mapped to sRGB; over `background`; square pixels; rotated and mirrored as the file's header says.
 */
export function sampleConverter(
  containerTags: ColorTags,
  background: Background,
): (sample: VideoSample) => Promise<Frame> {
  let known: { readonly dynamics: Dynamics; readonly map: (frame: Frame) => Frame } | undefined;
  /** The tables for a picture's dynamics, which hardly ever change within a video. */
  const mapper = (dynamics: Dynamics) => {
    if (known?.dynamics.transfer !== dynamics.transfer || known.dynamics.isWide !== dynamics.isWide) {
      known = { dynamics, map: toneMapper(dynamics) };
    }
    return known.map;
  };
  const planarRgb = (image: Picture, tags: readonly ColorTags[]) => {
    const rgb = yuvToRgb(image, resolveColor(tags, image.height));
    const frame = mapper(resolveDynamics(tags))(rgb);
    const { alpha } = image;
    const most = 2 ** image.bitDepth - 1;
    if (alpha) composeOver(frame.data as Float32Array, (p) => alpha[p]! / most, background);
    return frame;
  };
  return async (sample) => {
    const image = await planes(sample);
    const frame = image
      ? planarRgb(image, [sample.colorSpace, containerTags])
      : await packedRgb(sample, background);
    const square = resizeFrame(frame, sample.squarePixelWidth, sample.squarePixelHeight);
    return orientFrame(square, sample.rotation, sample.flip);
  };
}
