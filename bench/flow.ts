/**
 * How far optical flow misses known motion, and how long it takes, at 128² and 512².
 *
 *     npm run bench:flow
 */
import { opticalFlow } from "../src/metrics/index.ts";
import { endPointError, movingSquare, shifted, turned } from "../test/support/moving-pictures.ts";
import { printTable } from "./clip.ts";

const rows = [["", "size", "end-point error, px", "95 % below", "ms a pair"]];
for (const size of [128, 512]) {
  const cases = [
    shifted(size, 3, -2),
    shifted(size, 0.4, 0.7),
    shifted(size, 12.5, -7.25),
    shifted(size, 20, 5),
    turned(size, 4, 1),
    turned(size, 0, 1.05),
    turned(size, -3, 0.97),
    movingSquare(size, 4, 3),
    movingSquare(size, size / 10, -size / 32),
  ];
  for (const pictures of cases) {
    const start = performance.now();
    const flow = opticalFlow(pictures.a, pictures.b);
    const ms = performance.now() - start;
    const { mean, p95 } = endPointError(flow, pictures);
    rows.push([pictures.name, `${size}²`, mean.toFixed(3), p95.toFixed(3), ms.toFixed(0)]);
  }
}
printTable(rows);
