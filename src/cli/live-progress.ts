import { type Meter, startMeter, stepMeter } from "./meter.ts";
import { type Output, type Progress, widthOf } from "./reporter.ts";
import { finishedLine, nameOf, progressText, type Styles } from "./text.ts";

/** Redraws between two steps, so that a step of a minute is seen to be alive. */
const REDRAW_MS = 500;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[2K";

function bar({ done, steps }: Meter): string {
  const full = Math.round((BAR_WIDTH * done.length) / steps);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/** One line per phase that is redrawn in place and stays when the phase is over. */
export function createLiveProgress(output: Output, styles: Styles): Progress {
  let meter: Meter | null = null;
  let timer: NodeJS.Timeout | null = null;

  const draw = (): void => {
    if (!meter) return;
    const columns = widthOf(output);
    const plain = progressText(meter, performance.now());
    const withBar = meter.steps > 1 && columns >= 11 + BAR_WIDTH + 2 + plain.length;
    const text = (withBar ? `${bar(meter)}  ` : "") + plain;
    // Cut rather than wrapped: a wrapped line cannot be cleared.
    const name = nameOf(meter.phase);
    output.write(`${CLEAR_LINE}${name}${text.slice(0, Math.max(0, columns - name.length))}`);
  };
  const clear = (): void => {
    if (meter) output.write(CLEAR_LINE);
  };
  const stop = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
    meter = null;
  };

  return {
    event(event) {
      const now = performance.now();
      if (event.type === "phase") {
        clear();
        stop();
        meter = startMeter(event.phase, event.steps, now);
        timer = setInterval(draw, REDRAW_MS);
        timer.unref();
        draw();
      } else if (meter) {
        meter = stepMeter(meter, event.seconds, now);
        if (event.step < event.steps) return draw();
        const finished = finishedLine(meter, now);
        clear();
        stop();
        output.write(`${styles.dim(finished)}\n`);
      }
    },
    line(text) {
      clear();
      output.write(`${text}\n`);
      draw();
    },
    close() {
      clear();
      stop();
    },
  };
}
