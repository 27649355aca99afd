import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const ort = createRequire(import.meta.url)("onnxruntime-node");
const [,, file, level, ...dis] = process.argv;
const model = readFileSync(file);
const t = performance.now(); const c0 = process.cpuUsage();
const s = await ort.InferenceSession.create(model, { graphOptimizationLevel: level, intraOpNumThreads: 1, logSeverityLevel: 3,
  extra: { session: { model_external_initializers_file_folder_path: "/work/shared/fixtures/tune", "intra_op.allow_spinning": "0" }, optimization: dis.length? { disable_specified_optimizers: dis.join(";") } : {} } });
const c = process.cpuUsage(c0);
console.log(file, level, dis, "wall", (performance.now() - t)/1000, "cpu", (c.user + c.system) / 1e6);
