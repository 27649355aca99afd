/**
 * Compares a folder of runs of the released code with this program, quantity by quantity:
 *
 *     npm run fidelity -- FOLDER [CASE …]
 *
 * FOLDER holds `edit/*.safetensors`, `models/` and `frames/`, and may hold `checkpoints/` (compared without CASE) and
 * `tune/` and `null-text/` (recorded tuning runs and null-text inversions; each is a CASE) and
 * `metrics/` (the CASE "metrics"). Exit code 1 when something is further off than its mark.
 */
import { compareFolder } from "./folder.ts";

const [folder, ...wanted] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("Usage: npm run fidelity -- FOLDER [CASE …]\n");
  process.exitCode = 2;
} else {
  const misses = await compareFolder(folder, wanted, (text) => void process.stdout.write(`${text}\n`));
  process.exitCode = misses === 0 ? 0 : 1;
}
