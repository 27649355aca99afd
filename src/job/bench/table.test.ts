import { expect, it } from "vitest";
import type { CellMeasures } from "./measure-cell.ts";
import { type MethodResults, rowsOf, tableMarkdown, tableText } from "./table.ts";

/** Measures of which only what matters here is set. */
function measures(consistency: number, flicker: number, kept: number | null): CellMeasures {
  const part = (psnr: number) => ({ psnr, ssim: 0.9, drift: { mean: 1, max: 2 } });
  return {
    ...{ frames: 8, width: 8, height: 8 },
    clip: {
      ...{ temporalConsistency: consistency, frameAccuracy: 1, textScore: 0.3, directionalSimilarity: null },
      ofSource: { temporalConsistency: 1, frameAccuracy: 0, textScore: 0.2 },
    },
    pixels: {
      kept: kept === null ? null : part(kept),
      keptBound: kept === null ? null : part(30),
      truth: null,
      maskIou: null,
      followed: 1,
      warpError: null,
      flicker: { edited: flicker, source: 1 },
    },
  };
}

const method = (
  name: string,
  cells: Readonly<Record<string, CellMeasures>>,
  isReference = false,
): MethodResults => ({ name, isReference, cells: new Map(Object.entries(cells)) });

const RESULTS = [
  method("source", { a: measures(1, 1, null), b: measures(1, 1, null), c: measures(1, 1, null) }, true),
  method("first", { a: measures(0.9, 2, 20), b: measures(0.8, 4, null), c: measures(0.1, 99, 1) }),
  method("second", { a: measures(0.95, 3, 24), b: measures(0.7, 1, Number.POSITIVE_INFINITY) }),
  method("never", {}),
];

it("takes means over the edits that all methods made", () => {
  const rows = rowsOf(RESULTS);
  expect(rows.map(({ name, cells }) => [name, cells])).toEqual([
    ["source", 2],
    ["first", 2],
    ["second", 2],
    ["never", 0],
  ]);
  const [source, first, second, never] = rows.map(({ means }) => means);
  expect(first!.temporalConsistency).toBeCloseTo(0.85, 10);
  expect(second!.temporalConsistency).toBeCloseTo(0.825, 10);
  expect([first!.flicker, second!.flicker]).toEqual([3, 2]);
  // What one edit has not, or is without bound, leaves the others'.
  expect([first!.keptPsnr, second!.keptPsnr]).toEqual([20, 24]);
  expect([source!.keptPsnr, never!.flicker, first!.warpError]).toEqual([null, null, null]);
});

it("marks the best method of each column, whichever way is better, and no reference", () => {
  const [header, source, first, second] = tableText(rowsOf(RESULTS)).split("\n");
  expect(header).toMatch(/^method +Tem-Con ↑ .*kept dB ↑ .*flicker ↓ +edits$/);
  // A column that nobody has is left out.
  expect(header).not.toContain("warp");
  expect(source).toMatch(/^\(source\) +1\.0000 /);
  expect(source).not.toContain("*");
  expect(first).toMatch(/^first +\*0\.8500 .* 3\.00 +2$/);
  expect(second).toMatch(/^second +0\.8250 .*\*24\.0 +30\.0 .*\*2\.00 +2$/);
});

it("says the same in Markdown", () => {
  const lines = tableMarkdown(rowsOf(RESULTS)).split("\n");
  expect(lines[1]).toMatch(/^\| --- \| ---: \|/);
  expect(lines[3]).toContain("| first | **0.8500** |");
  expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
});
