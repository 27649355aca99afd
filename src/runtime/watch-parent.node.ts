import { Worker } from "node:worker_threads";

/** How often the parent is looked for. */
const INTERVAL_MS = 500;

/**
 * Ends this process soon after its parent is gone. ONNX Runtime blocks the main thread for as long as a run takes, so a
 * thread of its own looks; the system makes another process the parent of an orphan, or (Windows) leaves a number of none.
 */
export function endWithParent(parent: number): void {
  const watch = `
    const { workerData: { parent, interval } } = require("node:worker_threads");
    const isThere = () => {
      try {
        process.kill(parent, 0);
        return true;
      } catch (error) {
        return error.code === "EPERM";
      }
    };
    setInterval(() => {
      if (process.ppid !== parent || !isThere()) process.kill(process.pid, "SIGKILL");
    }, interval);
  `;
  new Worker(watch, { eval: true, workerData: { parent, interval: INTERVAL_MS }, execArgv: [] }).unref();
}
