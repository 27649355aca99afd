/**
 * The process that computes. ONNX Runtime blocks its thread, cannot be interrupted and may abort on a native fault, so
 * it lives here, where it can be killed. Not imported by anything: the engine forks it.
 */
import { createRequire } from "node:module";
import { resourceUsage } from "node:process";
import type ort from "onnxruntime-node";
import type { Device } from "../graph/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { Envelope, Hello, Reply, Request, Tensors } from "./protocol.ts";
import { endWithParent } from "./watch-parent.node.ts";

/** ONNX Runtime's providers for each device, the first that has a kernel is taken. */
const PROVIDERS: Record<Device, readonly ort.InferenceSession.ExecutionProviderConfig[]> = {
  cpu: ["cpu"],
  webgpu: ["webgpu", "cpu"],
  cuda: ["cuda", "cpu"],
  // 16: models as ML programs, 32: on the processor and the GPU, not on the neural engine, which computes in half precision.
  coreml: [{ name: "coreml", coreMlFlags: 48 }, "cpu"],
  dml: ["dml", "cpu"],
};

/**
 * Optimisers that widen half-precision weights when a graph is opened. Without them each is widened in a run, just before the
 * layer that reads it, and forgotten after: the order of the nodes is that of graph/order.ts, where a weight comes before what
 * it is multiplied with, and ONNX Runtime takes the later of two operands first.
 */
const FOLDING = "ConstantFolding;FuseFp16InitializerToFp32NodeTransformer";

/** Loaded here, not by an import, so that the parent learns why it cannot be. */
const runtime = Promise.resolve().then(
  () => createRequire(import.meta.url)("onnxruntime-node") as typeof ort,
);

const sessions = new Map<number, ort.InferenceSession>();

async function open(request: Extract<Request, { kind: "open" }>): Promise<void> {
  const { InferenceSession, listSupportedBackends } = await runtime;
  // ONNX Runtime would leave out a provider that it lacks, and compute on the processor unasked.
  if (!listSupportedBackends().some(({ name }) => name === request.device))
    throw new Error(`this build of ONNX Runtime lacks ${request.device}`);
  const fast = request.memory === "fast";
  // Without prepacking a GPU would transpose its kernels at every run.
  const isMapped = !fast && request.device === "cpu";
  const session: Record<string, string> = {
    "intra_op.allow_spinning": "0",
    ...(isMapped ? { disable_prepacking: "1" } : {}),
  };
  if (request.dataFolder !== null) session.model_external_initializers_file_folder_path = request.dataFolder;
  const opened = await InferenceSession.create(request.model, {
    executionProviders: PROVIDERS[request.device],
    graphOptimizationLevel: fast ? "all" : "extended",
    intraOpNumThreads: request.threads,
    enableMemPattern: false,
    // What an arena has had from the system it keeps, in pieces that fit the next size badly.
    enableCpuMemArena: !isMapped,
    logSeverityLevel: 3,
    extra: { session, ...(isMapped ? { optimization: { disable_specified_optimizers: FOLDING } } : {}) },
  });
  sessions.set(request.session, opened);
}

async function run(request: Extract<Request, { kind: "run" }>): Promise<Tensors<FloatTensor>> {
  const session = sessions.get(request.session);
  if (!session) throw new Error(`Session ${request.session} is not open.`);
  const { Tensor } = await runtime;
  const feeds = Object.fromEntries(
    Object.entries(request.feeds).map(([name, { dtype, data, shape }]) => [
      name,
      new Tensor(dtype, data as Float32Array, shape),
    ]),
  );
  const results = await session.run(feeds);
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [
      name,
      floatTensor(tensor.dims, tensor.data as Float32Array),
    ]),
  );
}

async function answer({ id, request }: Envelope): Promise<Reply> {
  switch (request.kind) {
    case "open":
      await open(request);
      return { id, ok: true };
    case "run":
      return { id, ok: true, outputs: await run(request) };
    case "dispose":
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
      return { id, ok: true };
    case "memory":
      return { id, ok: true, bytes: resourceUsage().maxRSS * 1024 };
  }
}

/** Tells the parent; one that is gone needs to know no more. */
function send(message: Reply | Hello): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

process.on("message", (envelope: Envelope) => {
  answer(envelope)
    .catch((error: unknown): Reply => {
      const message = error instanceof Error ? error.message : String(error);
      return { id: envelope.id, ok: false, message };
    })
    .then(send);
});

runtime
  .then(
    (): Hello => ({ ready: true }),
    (error: unknown): Hello => ({
      ready: false,
      message: error instanceof Error ? error.message : String(error),
    }),
  )
  .then(send);

// Ctrl-C and a closed terminal reach the whole process group; the parent decides when this process ends.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("disconnect", () => process.exit(0));
endWithParent(Number(process.argv[2]));
