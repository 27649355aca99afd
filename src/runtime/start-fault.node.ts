import { FateZeroError } from "../errors.ts";

/** Why the compute process does not start: each cause has its own remedy. None of them is a matter of frames or sizes. */

const AGAIN = "Install fatezero again on this machine, with npm and without copying node_modules.";
const DOCTOR = '"fatezero doctor" looks at the machine.';

function startFault(why: string, remedy: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "runtime-start",
    `The process that runs ONNX Runtime does not start: ${why}.`,
    remedy,
    cause === undefined ? {} : { cause },
  );
}

/** What to do where the system makes no process, by its error code. */
const SPAWN_REMEDIES: Readonly<Record<string, string>> = {
  EAGAIN: "This user has as many processes as the system allows: end some, or raise the limit (ulimit -u).",
  EMFILE: "This program has too many files open: raise the limit (ulimit -n).",
  ENFILE: "The system has too many files open: close other programs.",
  ENOMEM: "Free memory: close other programs.",
  ENOENT: "The Node that runs this program was moved or removed: start it again.",
  EACCES: "The Node that runs this program may not be executed: check its permissions.",
  E2BIG: "The environment is too large: unset variables that are not needed.",
};

/** The system made no process. */
export function notSpawned(error: Error): FateZeroError {
  const { code = "" } = error as NodeJS.ErrnoException;
  return startFault(error.message, SPAWN_REMEDIES[code] ?? DOCTOR, error);
}

/** What Node exits with on an option that it does not take. */
const INVALID_ARGUMENT = 9;

/** It ended before it was ready. */
export function endedAtStart(code: number | null, signal: NodeJS.Signals | null): FateZeroError {
  if (code === INVALID_ARGUMENT)
    return startFault(
      "Node does not take an option that NODE_OPTIONS gives it",
      "Correct NODE_OPTIONS, or unset it.",
    );
  if (signal === "SIGKILL")
    return startFault(
      "it was killed by SIGKILL, as the system does when memory runs out",
      "Free memory: close other programs.",
    );
  // V8 aborts where its heap is too small for the program itself.
  if (signal === "SIGABRT")
    return startFault(
      "it was ended by SIGABRT, as Node does when its own memory runs out",
      "Free memory, or raise --max-old-space-size in NODE_OPTIONS.",
    );
  if (signal !== null) return startFault(`it was ended by ${signal}`, `${AGAIN} ${DOCTOR}`);
  return startFault(`it ended with code ${code}`, `${AGAIN} ${DOCTOR}`);
}

/** It runs, but ONNX Runtime's library cannot be loaded. */
export function notLoaded(message: string): FateZeroError {
  const why = `ONNX Runtime cannot be loaded: ${message.split("\n")[0]}`;
  const place = `${process.platform} ${process.arch}`;
  if (/GLIBC(XX)?_[\d.]+.*not found/.test(message))
    return startFault(
      why,
      "The system's C library is too old for it: use a newer system or container image.",
    );
  if (/ld-linux|ld-musl|libc\.musl/.test(message))
    return startFault(
      why,
      "It needs glibc, which Alpine lacks: use a Debian-based image, such as node:22-slim.",
    );
  if (/onnxruntime_binding\.node/.test(message) && /Cannot find module/.test(message))
    return startFault(
      why,
      `It comes for Linux, macOS and Windows, x64 and arm64, and this is ${place}. ${AGAIN}`,
    );
  return startFault(why, AGAIN);
}
