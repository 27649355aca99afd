import { createEngine } from "./src/runtime/index.node.ts";
import { readRecorded } from "./test/fidelity/tune/recorded.ts";
import { checkTuning } from "./test/fidelity/tune/check.ts";
const engine = createEngine({ threads: 2 });
for (const n of ["tune_jeep_lr1e-3","tune_tuned_lr1e-3","tune_class_images"]) {
  console.log(n);
  console.log(await checkTuning(engine, await readRecorded("/work/shared/fixtures", n)));
}
await engine.close();
