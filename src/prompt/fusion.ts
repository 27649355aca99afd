import type { CrossFusion, EditStep, PlanControl } from "./types.ts";

/**
 * The steps of an edit as data (prompt-to-prompt without attention maps). With the step's window w, the factors e, the map M
 * and the alphas α per target token n:
 *
 *     A[:, n] = M[:, n]·w[n]·e[n]        b[n] = w[n]·e[n]·(1 − α[n]) + (1 − w[n])
 *
 * so that a token follows the source while its window is open, keeps the edit's own attention where it has no source, and is
 * amplified only inside its window. Nothing is renormalised.
 */
export function fusionSteps(control: PlanControl, steps: number): EditStep[] {
  const length = control.alphas.length;
  const known = new Map<string, CrossFusion | null>();
  const [from, to] = control.selfWindow;
  return Array.from({ length: steps }, (_, step) => {
    const window = control.crossWindows.subarray(step * length, (step + 1) * length);
    const key = window.join("");
    let cross = known.get(key);
    if (cross === undefined) {
      cross = window.some((w) => w !== 0) ? crossFusion(control, window) : null;
      known.set(key, cross);
    }
    return { cross, self: step >= from && step < to };
  });
}

function crossFusion({ map, alphas, equalizer }: PlanControl, window: Float32Array): CrossFusion {
  const length = alphas.length;
  const gain = window.map((w, n) => w * (equalizer[n] ?? 1));
  const A = map.map((value, cell) => value * (gain[cell % length] ?? 0));
  const b = window.map((w, n) => (gain[n] ?? 0) * (1 - (alphas[n] ?? 0)) + (1 - w));
  return { A, b };
}
