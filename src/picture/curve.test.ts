import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Frame } from "../video/index.ts";
import { type Curve, type CurveLine, curveElement, curvePicture, curveSvg } from "./curve.ts";
import { DARK_CURVES } from "./curve-colors.ts";

const THIN = "122,148,190";
const BOLD = "20,66,150";
const DOTS = "190,72,8";

const curve = (lines: readonly CurveLine[], title = "a car"): Curve => ({
  ...{ title, x: "step", y: "loss", lines },
});
const line = (style: CurveLine["style"], ...points: readonly (readonly [number, number])[]): CurveLine => ({
  ...{ name: "", style, points },
});

/** Pixels of a colour below the legend, as [x, y]. */
function pixelsOf({ width, height, data }: Frame, color: string): [number, number][] {
  const [red, green, blue] = color.split(",").map(Number);
  const found: [number, number][] = [];
  for (let at = 100 * width; at < width * height; at++)
    if (data[3 * at] === red && data[3 * at + 1] === green && data[3 * at + 2] === blue)
      found.push([at % width, Math.floor(at / width)]);
  return found;
}

/** Mean difference of two pictures of one size between the axes, where no letters are. */
function differenceOf(one: Frame, other: Frame): number {
  let [sum, count] = [0, 0];
  for (let y = 110; y < 470; y++) {
    for (let at = (y * one.width + 60) * 3; at < (y * one.width + 930) * 3; at++) {
      sum += Math.abs(one.data[at]! - other.data[at]!);
      count++;
    }
  }
  return sum / count;
}
const columnsOf = (picture: Frame, color: string) => pixelsOf(picture, color).map(([x]) => x);
const rowsOf = (picture: Frame, color: string) => pixelsOf(picture, color).map(([, y]) => y);

async function rendered(svg: string): Promise<Frame> {
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

const LOSS = Array.from(
  { length: 1000 },
  (_, i) => [i + 1, 0.3 / (1 + i / 100) + 0.1 * Math.sin(i) ** 2] as const,
);
const FULL = curve([
  line("thin", ...LOSS),
  line("bold", ...LOSS.map(([step, value]) => [step, value / 2] as const)),
  line("dots", [0, 0.3], [500, 0.1], [1000, 0.05]),
]);

describe("a curve", () => {
  test("falls where its values fall, from the first step to the last", () => {
    const picture = curvePicture(FULL);
    expect([picture.width, picture.height]).toEqual([960, 540]);
    for (const color of [THIN, BOLD, DOTS]) {
      const pixels = pixelsOf(picture, color);
      const height = (from: number, to: number): number => {
        const rows = pixels.filter(([x]) => x >= from && x < to).map(([, y]) => y);
        return rows.reduce((sum, y) => sum + y, 0) / rows.length;
      };
      expect(height(50, 150)).toBeLessThan(height(400, 550));
      expect(height(400, 550)).toBeLessThan(height(800, 940));
    }
    expect(Math.max(...columnsOf(picture, DOTS))).toBeGreaterThan(930);
  });

  test("is the same picture as its SVG, but for the letters", async () => {
    const picture = curvePicture(FULL);
    const svg = await rendered(curveSvg(FULL));
    expect([svg.width, svg.height]).toEqual([960, 540]);
    const own = { ...FULL, lines: FULL.lines.map((each) => ({ ...each, points: [] })) };
    expect(differenceOf(picture, svg)).toBeLessThan(differenceOf(picture, curvePicture(own)) / 5);
  });

  test("its title may hold anything", async () => {
    const title = `a "red" <car> & ]]> 'x' \u0000\u001b[31m \ud800 \uffff 車 ${"long ".repeat(400)}`;
    const svg = curveSvg(curve([{ ...line("bold", [1, 1]), name: "<script>" }], title));
    expect(svg).toContain("a &quot;red&quot; &lt;car&gt; &amp; ]]&gt;");
    expect(svg).toContain(">&lt;script&gt;</text>");
    expect(svg).toContain("…</text>");
    expect(svg.match(/<text/g)!.length).toBe(svg.match(/<\/text>/g)!.length);
    // Its parser refuses what is no XML.
    expect(pixelsOf(await rendered(svg), BOLD).length).toBeGreaterThan(9);
    expect(curvePicture(curve([], "x".repeat(100_000))).width).toBe(960);
  });
});

test("on a page every colour can be said by the page, and has its own without", async () => {
  const element = curveElement(FULL);
  expect(element).toMatch(/^<svg [^>]*width="560" height="315"/);
  expect(element.match(/(fill|stroke)="#/g)).toBeNull();
  for (const [, name] of element.matchAll(/var\(--curve-(\w+),#[0-9a-f]{6}\)/g))
    expect(DARK_CURVES).toContain(`--curve-${name}:#`);
  const plain = element.replaceAll(/var\(--curve-\w+,(#[0-9a-f]{6})\)/g, "$1");
  expect(pixelsOf(await rendered(plain), BOLD).length).toBeGreaterThan(99);
});

describe("few values", () => {
  test("a single point is seen, whatever the style", () => {
    for (const [style, color] of [
      ["thin", THIN],
      ["bold", BOLD],
      ["dots", DOTS],
    ] as const) {
      const pixels = pixelsOf(curvePicture(curve([line(style, [1, 0.25])])), color);
      expect(pixels.length).toBeGreaterThan(9);
    }
  });

  test("equal values are a level line in the middle", () => {
    const almost = 1 + 1e-8;
    for (const [value, next] of [
      [0.1, 0.1],
      [7, 7],
      [-3e20, -3e20],
      [1e-20, 1e-20],
      [1, almost],
    ] as const) {
      const rows = rowsOf(curvePicture(curve([line("bold", [0, value], [10, next])])), BOLD);
      expect(Math.max(...rows) - Math.min(...rows)).toBeLessThan(4);
      expect(rows[0]).toBeGreaterThan(200);
      expect(rows[0]).toBeLessThan(400);
    }
  });

  test("no values at all are axes with a word", async () => {
    for (const lines of [[], [line("thin")], [line("bold", [1, Number.NaN])]]) {
      expect(pixelsOf(curvePicture(curve(lines)), BOLD)).toEqual([]);
      await rendered(curveSvg(curve(lines)));
    }
    expect(curveSvg(curve([]))).toContain("nothing was measured");
    expect(curveSvg(curve([line("bold", [1, Number.NaN])]))).toContain("1 of 1 values is not finite");
  });
});

test("what is no finite number leaves a gap, and is told", () => {
  const whole = [
    [0, 1],
    [1, 2],
    [2, 1.5],
    [3, 2],
    [4, 1],
  ] as const;
  const broken = whole.map(([step, value]) => [step, step === 2 ? Number.NaN : value] as const);
  const at = (points: typeof broken) =>
    new Set(columnsOf(curvePicture(curve([line("bold", ...points)])), BOLD));
  const middle = (columns: ReadonlySet<number>) => [...columns].filter((x) => x > 300 && x < 650).length;
  expect(middle(at([...whole]))).toBeGreaterThan(300);
  expect(middle(at(broken))).toBe(0);
  expect(at(broken).size).toBeGreaterThan(300);
  const others = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e305].map(
    (value, i) => [5 + i, value] as const,
  );
  const svg = curveSvg(curve([line("thin", ...broken, ...others)]));
  expect(svg).toContain("4 of 8 values are not finite");
  expect(svg).not.toMatch(/NaN|Infinity/);
});

describe("a logarithmic curve", () => {
  const of = (...values: number[]) => ({
    ...{ title: "", x: "step", y: "loss", isLogarithmic: true },
    lines: [{ name: "loss", style: "bold", points: values.map((value, i) => [i, value] as const) }] as const,
  });

  test("shows small values beside large ones", () => {
    const svg = curveSvg(of(0.3, 0.02, 0.002));
    for (const mark of ["0.003", "0.01", "0.1"]) expect(svg).toContain(`>${mark}<`);
    expect(svg).not.toEqual(curveSvg({ ...of(0.3, 0.02, 0.002), isLogarithmic: false }));
  });

  test("is linear where a value has no logarithm", () => {
    expect(curveSvg(of(0.3, 0, -1))).toEqual(curveSvg({ ...of(0.3, 0, -1), isLogarithmic: false }));
  });
});
