/**
 * Licences and known faults of everything that package-lock.json installs, by `scripts/dependencies/policy.ts`. Needs no
 * network. Ends with 1 and a line for each thing that is against it.
 *
 *     npm run check:dependencies
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dependencyFaults, type Lock } from "./dependencies/check.ts";
import { POLICY } from "./dependencies/policy.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

function licenceIn(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(join(ROOT, file))) return undefined;
  const { license } = JSON.parse(read(file)) as { license?: unknown };
  return typeof license === "string" ? license : undefined;
}

const lock = JSON.parse(read("package-lock.json")) as Lock;
const faults = dependencyFaults(lock, POLICY, { notice: read("NOTICE"), licenceIn });
for (const fault of faults) console.error(fault);
console.log(`${Object.keys(lock.packages).length - 1} packages, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
