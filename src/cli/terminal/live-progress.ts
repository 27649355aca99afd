import {
  DOWNLOADING,
  type DownloadEvent,
  type DownloadMeter,
  downloadEnd,
  downloadText,
  startDownload,
  stepDownload,
} from "./download-meter.ts";
import { type Meter, startMeter, stepMeter } from "./meter.ts";
import { type Output, type Progress, widthOf } from "./output.ts";
import { finishedLine, nameOf, progressText, type Styles } from "./text.ts";

/** Redraws between two steps, so that a step of a minute is seen to be alive. */
const REDRAW_MS = 500;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[2K";

/** `share` from 0 to 1. */
function bar(share: number): string {
  const full = Math.round(BAR_WIDTH * share);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/** What the live line says: a name, how far it is (null where that is not known), and that in words. */
interface Shown {
  readonly name: string;
  readonly share: number | null;
  readonly text: string;
}

/** One line per phase or download that is redrawn in place and stays when the phase is over. */
export function createLiveProgress(output: Output, styles: Styles): Progress {
  let meter: Meter | null = null;
  let download: DownloadMeter | null = null;
  let timer: NodeJS.Timeout | null = null;

  const shown = (): Shown | null => {
    const now = performance.now();
    if (download) {
      const share = download.bytes / download.total;
      return { name: DOWNLOADING, share, text: downloadText(download, now) };
    }
    if (!meter) return null;
    const share = meter.steps > 1 ? meter.done.length / meter.steps : null;
    return { name: nameOf(meter.phase), share, text: progressText(meter, now) };
  };
  const draw = (): void => {
    const line = shown();
    if (!line) return;
    const { name, share, text: plain } = line;
    const columns = widthOf(output);
    const withBar = share !== null && columns >= name.length + BAR_WIDTH + 2 + plain.length;
    const text = (withBar ? `${bar(share)}  ` : "") + plain;
    // Cut rather than wrapped: a wrapped line cannot be cleared.
    output.write(`${CLEAR_LINE}${name}${text.slice(0, Math.max(0, columns - name.length))}`);
  };
  const clear = (): void => {
    if (meter || download) output.write(CLEAR_LINE);
  };
  const stop = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
    meter = null;
    download = null;
  };
  const start = (): void => {
    timer = setInterval(draw, REDRAW_MS);
    timer.unref();
    draw();
  };
  const finish = (finished: string | null): void => {
    clear();
    stop();
    if (finished !== null) output.write(`${styles.dim(finished)}\n`);
  };
  const downloadEvent = (event: DownloadEvent, now: number): void => {
    if (!download) {
      clear();
      stop();
      download = startDownload(event, now);
      start();
    } else {
      download = stepDownload(download, event, now);
      if (event.bytes < event.total) draw();
      else finish(DOWNLOADING + downloadEnd(download, now));
    }
  };

  return {
    event(event) {
      const now = performance.now();
      if (event.type === "download") return downloadEvent(event, now);
      if (event.type === "phase") {
        clear();
        stop();
        meter = startMeter(event, now);
        start();
      } else if (meter) {
        meter = stepMeter(meter, event.seconds, now);
        if (event.step < event.steps) return draw();
        finish(finishedLine(meter, now));
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
