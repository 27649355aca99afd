import type { FrameList } from "../attention/index.ts";
import type { CrossSteps, FusionWindow } from "../prompt/index.ts";

/** Values as the command line writes them, and quantities for people. */

/** Seconds: `0.4 s`, `21 s`, `3 min 20 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.05) return "under 0.1 s";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes: `340 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A number with at most three decimals. */
export function formatNumber(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** `1 frame`, `8 frames`. */
export function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

/** A window as `--self-steps` takes it. */
export function formatWindow(window: FusionWindow): string {
  return typeof window === "number" ? String(window) : window.join("-");
}

/** Windows as `--cross-steps` takes them. */
export function formatCrossSteps(steps: CrossSteps): string {
  if (typeof steps === "number" || isPair(steps)) return formatWindow(steps);
  const entries = Array.isArray(steps)
    ? (steps as (readonly [string, FusionWindow])[])
    : Object.entries(steps);
  return entries
    .map(([word, window]) => `${word === "default_" ? "default" : word}=${formatWindow(window)}`)
    .join(",");
}

function isPair(steps: CrossSteps): steps is readonly [number, number] {
  return Array.isArray(steps) && steps.every((item) => typeof item === "number");
}

/** A frame list as `--attend` takes it. */
export function formatFrameList(frames: FrameList): string {
  return frames.length === 0 ? "none" : frames.join(",");
}
