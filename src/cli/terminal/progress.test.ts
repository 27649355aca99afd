import { expect, test, vi } from "vitest";
import { createReporter } from "./reporter.ts";
import type { TerminalEvent } from "./words.ts";

const ESCAPE = "\u001b";

/** A stream that keeps what is written to it. */
function recorder(isTTY: boolean, columns = 60) {
  const written: string[] = [];
  return { isTTY, columns, write: (text: string) => written.push(text), text: () => written.join("") };
}

function runPhase(report: (event: TerminalEvent) => void, steps: number): void {
  report({ type: "phase", phase: "invert", steps });
  for (let step = 1; step <= steps; step++)
    report({ type: "step", phase: "invert", step, steps, timestep: 1, seconds: 0.5 });
}

test("a pipe gets few plain lines", () => {
  const output = recorder(false);
  const { report, close } = createReporter(output);
  runPhase(report, 200);
  close();
  const lines = output.text().split("\n").slice(0, -1);
  expect(lines[0]).toBe("Inverting  200 steps");
  expect(lines.at(-1)).toMatch(/^Inverting {2}200 steps in .*, 0\.50 s\/step$/);
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(output.text()).not.toContain(ESCAPE);
});

test("a terminal gets one line that is redrawn, cut to its width, and stays when the phase ends", () => {
  const output = recorder(true, 40);
  const { report, close } = createReporter(output);
  runPhase(report, 20);
  close();
  const drawn = output.text().split(`\r${ESCAPE}[2K`);
  expect(drawn.some((line) => line.startsWith("Inverting  10/20  50 %  0.50 s/step"))).toBe(true);
  for (const line of drawn.slice(0, -1)) expect(line.length).toBeLessThan(40);
  expect(output.text().match(/\n/g)).toHaveLength(1);
  expect(output.text()).toMatch(/20 steps in/);
});

test("a log tells at once what blocks, in a moment what takes long, and short work not at all", () => {
  const output = recorder(false);
  const { report, close } = createReporter(output);
  const begin = (phase: "load" | "read" | "write", subject?: string): void =>
    report({ type: "phase", phase, steps: 1, ...(subject === undefined ? {} : { subject }) });
  const end = (phase: "load" | "read" | "write"): void =>
    report({ type: "step", phase, step: 1, steps: 1, timestep: null, seconds: 1 });
  vi.useFakeTimers();
  begin("load");
  expect(output.text()).toBe("Starting\n");
  end("load");
  begin("read", "car.mp4");
  vi.advanceTimersByTime(100);
  end("read");
  begin("write", "out.mp4");
  vi.advanceTimersByTime(500);
  expect(output.text()).toBe("Starting\nWriting    out.mp4\n");
  vi.advanceTimersByTime(2000);
  end("write");
  close();
  vi.useRealTimers();
  expect(output.text()).toBe("Starting\nWriting    out.mp4\nWriting    out.mp4, done in 2.5 s\n");
});

test("time left is told from the second step on", () => {
  const output = recorder(true, 100);
  const { report, close } = createReporter(output);
  report({ type: "phase", phase: "edit", steps: 4 });
  const step = (n: number, seconds: number): void =>
    report({ type: "step", phase: "edit", step: n, steps: 4, timestep: 1, seconds });
  step(1, 30);
  expect(output.text()).toMatch(/1\/4 {2}25 % {2}\S.* so far$/);
  expect(output.text()).not.toContain("left");
  step(2, 2);
  expect(output.text()).toMatch(/2\/4 {2}50 % {2}2\.00 s\/step {2}4\.0 s left$/);
  close();
});

test("who wants quiet hears of trouble only", () => {
  const output = recorder(false);
  const { report, close } = createReporter(output, { quiet: true });
  runPhase(report, 3);
  report({ type: "fact", name: "model", text: "tinytown" });
  report({ type: "check", name: "Node", ok: true, text: "fine", remedy: "" });
  report({ type: "check", name: "disk", ok: false, text: "full", remedy: "Free some." });
  report({ type: "warning", code: "x", message: "mind" });
  report({ type: "verdict", code: "x", message: "Empty.", remedy: "Turn.", advice: [] });
  report({ type: "done", output: "out.mp4", seconds: 1 });
  close();
  expect(output.text()).toBe("✗ disk: full Free some.\nwarning: mind\nverdict: Empty. Turn.\n");
});

test("a line that comes while a phase runs does not run into it", () => {
  const output = recorder(true);
  const { report, close } = createReporter(output);
  report({ type: "phase", phase: "edit", steps: 3 });
  report({ type: "warning", code: "x", message: "mind" });
  close();
  expect(output.text()).toMatch(/\[2K[^\n]*warning:[^\n]* mind\n\r/);
});

test("what the plan says is wrapped beside its name on a terminal", () => {
  const explanation = `Refine: "red" becomes "a very long list of words indeed".\nNo mask.`;
  const piped = recorder(false);
  const { report } = createReporter(piped);
  report({ type: "plan", explanation });
  expect(piped.text()).toBe(`edit       ${explanation.replace("\n", "\n           ")}\n`);
  const terminal = recorder(true, 40);
  createReporter(terminal).report({ type: "plan", explanation });
  expect(terminal.text().split("\n").slice(1)).toEqual([
    "           very long list of words",
    '           indeed".',
    "           No mask.",
    "",
  ]);
});

const GB = 1e9;
const downloading = (bytes: number): TerminalEvent => ({
  type: "download",
  file: "unet/weights",
  bytes,
  total: 3.4 * GB,
});

test("a download in a pipe gets few plain lines, with what was here already", () => {
  const output = recorder(false);
  const { report } = createReporter(output);
  vi.useFakeTimers({ toFake: ["performance"] });
  for (let second = 0; second <= 100; second++) {
    report(downloading(1.4 * GB + second * 0.02 * GB));
    vi.advanceTimersByTime(1000);
  }
  vi.useRealTimers();
  const lines = output.text().split("\n").slice(0, -1);
  expect(lines[0]).toBe("Downloading  3.4 GB, of which 1.4 GB are here");
  expect(lines).toContain("Downloading  1.7 GB of 3.4 GB  50 %  20 MB/s  1 min 25 s left");
  expect(lines.at(-1)).toBe("Downloading  2.0 GB in 1 min 40 s, 20 MB/s");
  expect(lines.length).toBeLessThanOrEqual(12);
});

test("a download on a terminal is one line that is redrawn", () => {
  const output = recorder(true, 100);
  const { report, close } = createReporter(output);
  vi.useFakeTimers({ toFake: ["performance"] });
  for (const bytes of [0, 1.2 * GB]) {
    report(downloading(bytes));
    vi.advanceTimersByTime(100_000);
  }
  report({ type: "warning", code: "x", message: "mind" });
  report(downloading(3.4 * GB));
  vi.useRealTimers();
  close();
  const drawn = output.text().split(`\r${ESCAPE}[2K`);
  expect(drawn.some((line) => /^Downloading {2}[█░]{24} {2}1\.2 GB of 3\.4 GB {2}35 %/.test(line))).toBe(
    true,
  );
  expect(drawn.find((line) => line.includes("3.4 GB in 3 min 20 s, 17 MB/s"))).toMatch(/\n$/);
  expect(output.text().match(/\n/g)).toHaveLength(2);
});
