/**
 * Prints what the embedded model's networks give here, as `selfTest` of models/tinytown/fatezero.json. To be run when its
 * weights change, after its tests have passed: they compare it with what PyTorch computes from the same files.
 *
 *     npx tsx scripts/self-test-values.ts
 */
import { runSelfTest } from "../src/job/doctor/self-test.ts";

const { found } = await runSelfTest();
const rounded = Object.entries(found).map(([name, pair]) => [name, pair.map((v) => Number(v.toFixed(6)))]);
console.log(JSON.stringify(Object.fromEntries(rounded)));
