/** What this project takes from others, and on which terms. */

/** Licences that ask for no more than their notice: whoever uses or passes on this package has nothing to do. */
const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  // Of tools: Python's own, as permissive as BSD's.
  "Python-2.0",
];

/**
 * Licences with terms for whoever changes or passes on that very package. They reach no farther than its own files or
 * library, which npm installs as packages of their own; NOTICE names each.
 */
const OF_A_PART = ["MPL-2.0", "LGPL-3.0-or-later"];

export interface Policy {
  /** Licences that a package may have. */
  readonly allowed: ReadonlySet<string>;
  /** Those of them for which NOTICE names the package. */
  readonly permissive: ReadonlySet<string>;
  readonly advisories: readonly Advisory[];
}

/** A fault of a package that is known to the public. */
export interface Advisory {
  readonly id: string;
  readonly package: string;
  /** Versions that have it, as npm writes ranges. */
  readonly range: string;
  readonly what: string;
  /** Why it may stay though a version has it. Without one, such a version is refused. */
  readonly accepted?: string;
}

/**
 * Advisories for packages that are or were in the tree, as of 2026-11-28. npm has the whole list: `npm run audit` asks it.
 * What it finds is fixed, or written down here with the reason why not.
 */
const ADVISORIES: readonly Advisory[] = [
  {
    id: "GHSA-2p57-rm9w-gvfp",
    package: "ip",
    range: "<=2.0.1",
    what: "isPublic takes some private addresses for public ones; there is no fixed version. Came with node-av's WebRTC part",
  },
  {
    id: "GHSA-54xq-cgqr-rpm3",
    package: "sharp",
    range: "<0.32.6",
    what: "its libwebp writes past a buffer on a crafted picture (CVE-2023-4863)",
  },
  {
    id: "GHSA-c76h-2ccp-4975",
    package: "undici",
    range: ">=4.5.0 <5.28.5 || >=6.0.0 <6.21.1 || >=7.0.0 <7.2.3",
    what: "boundaries of multipart bodies can be guessed",
  },
  {
    id: "GHSA-f9xv-q969-pqx4",
    package: "yaml",
    range: ">=2.0.0 <2.2.2",
    what: "a crafted document ends the process with an uncaught error",
  },
  {
    id: "GHSA-c2qf-rxjj-qqgw",
    package: "semver",
    range: "<5.7.2 || >=6.0.0 <6.3.1 || >=7.0.0 <7.5.2",
    what: "a crafted range takes quadratic time",
  },
];

export const POLICY: Policy = {
  allowed: new Set([...PERMISSIVE, ...OF_A_PART]),
  permissive: new Set(PERMISSIVE),
  advisories: ADVISORIES,
};
