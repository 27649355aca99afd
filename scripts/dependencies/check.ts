import semver from "semver";
import { allows } from "./licence.ts";
import type { Policy } from "./policy.ts";

/** What package-lock.json says of one installed package. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  /** Another name's place in the tree, in this repository. */
  readonly link?: boolean;
  readonly resolved?: string;
  /** The package's own name where it is installed under another. */
  readonly name?: string;
  /** Only for who develops here. */
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: boolean;
}

/** The packages of a lock file (version 2 or 3) by their folder; "" is the project. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface Texts {
  readonly notice: string;
  /** The licence that an installed package's own package.json names; undefined where it names none or is not there. */
  readonly licenceIn: (folder: string) => string | undefined;
}

const IN_TREE = "node_modules/";

function nameOf(folder: string, { name }: LockedPackage): string {
  return name ?? folder.slice(folder.lastIndexOf(IN_TREE) + IN_TREE.length);
}

/**
 * Whether NOTICE names a package at the beginning of a line: `a, @b/c-*   what they are`.
 * A star stands for any end of a name.
 */
function isNoticed(notice: string, name: string): boolean {
  const names = notice.split("\n").flatMap((line) => line.split(/ {2,}/)[0]!.split(", "));
  return names.some((given) => (given.endsWith("*") ? name.startsWith(given.slice(0, -1)) : given === name));
}

/** What is against the packages of a lock file, one line each; none if nothing is. */
export function dependencyFaults(lock: Lock, policy: Policy, { notice, licenceIn }: Texts): string[] {
  const installed = Object.entries(lock.packages).filter(([folder]) => folder.includes(IN_TREE));
  const faults = installed.flatMap(([folder, locked]) => {
    // A folder of this repository: under its own licence, and no version of anybody's.
    if (locked.link) return [];
    const name = nameOf(folder, locked);
    const { version = "" } = locked;
    const called = `${name} ${version}`;
    const found: string[] = [];
    if (!semver.valid(version)) found.push(`${name}: the lock file names no version`);
    if (!locked.integrity) found.push(`${called}: the lock file has no hash of it`);
    const licence = locked.license ?? licenceIn(folder);
    if (licence === undefined) found.push(`${called}: names no licence`);
    else if (!allows(policy.allowed, licence))
      found.push(`${called}: its licence, ${licence}, is not allowed`);
    else if (!locked.dev && !allows(policy.permissive, licence) && !isNoticed(notice, name))
      found.push(`${called}: NOTICE does not name it, which ${licence} asks for`);
    const isBinary = locked.os !== undefined || locked.cpu !== undefined || locked.hasInstallScript === true;
    if (!locked.dev && isBinary && !isNoticed(notice, name))
      found.push(
        `${called}: NOTICE does not name it, though it holds machine code or runs a script when installed`,
      );
    for (const advisory of policy.advisories)
      if (
        advisory.package === name &&
        advisory.accepted === undefined &&
        semver.satisfies(version, advisory.range, { includePrerelease: true })
      )
        found.push(`${called}: ${advisory.id}: ${advisory.what}`);
    return found;
  });
  return installed.length === 0 ? ["the lock file names no packages"] : faults;
}
