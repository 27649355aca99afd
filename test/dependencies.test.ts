/** Packages of other people: their licences, known faults, and what of them is left out. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { dependencyFaults, type LockedPackage } from "../scripts/dependencies/check.ts";
import { allows } from "../scripts/dependencies/licence.ts";
import { POLICY } from "../scripts/dependencies/policy.ts";
import { inRepository } from "./support/fixtures.ts";

const notice = readFileSync(inRepository("NOTICE"), "utf8");

/** What is against a lock file with one package. */
function faultsOf(name: string, locked: LockedPackage, installed?: string): string[] {
  const packages = {
    "": { version: "0.1.0" },
    [`node_modules/${name}`]: { version: "1.0.0", integrity: "sha512-x", ...locked },
  };
  return dependencyFaults({ packages }, POLICY, { notice, licenceIn: () => installed });
}

describe("a lock file", () => {
  it.each<[string, string, LockedPackage, string[]]>([
    ["a licence that asks for nothing", "a", { license: "MIT" }, []],
    [
      "a forbidden licence",
      "a",
      { license: "AGPL-3.0-only" },
      ["a 1.0.0: its licence, AGPL-3.0-only, is not allowed"],
    ],
    [
      "a forbidden one of tools",
      "a",
      { license: "GPL-3.0", dev: true },
      ["a 1.0.0: its licence, GPL-3.0, is not allowed"],
    ],
    ["no licence", "a", {}, ["a 1.0.0: names no licence"]],
    [
      "words for a licence",
      "a",
      { license: "SEE LICENSE IN x" },
      ["a 1.0.0: its licence, SEE LICENSE IN x, is not allowed"],
    ],
    [
      "a library that NOTICE names",
      "@img/sharp-libvips-linux-x64",
      { license: "LGPL-3.0-or-later", os: ["linux"] },
      [],
    ],
    [
      "one that NOTICE does not name",
      "a",
      { license: "MPL-2.0" },
      ["a 1.0.0: NOTICE does not name it, which MPL-2.0 asks for"],
    ],
    ["the same of tools", "a", { license: "MPL-2.0", dev: true }, []],
    [
      "a binary that NOTICE does not name",
      "a",
      { license: "MIT", cpu: ["x64"] },
      ["a 1.0.0: NOTICE does not name it, though it holds machine code or runs a script when installed"],
    ],
    [
      "an install script",
      "a",
      { license: "MIT", hasInstallScript: true },
      ["a 1.0.0: NOTICE does not name it, though it holds machine code or runs a script when installed"],
    ],
    ["no hash", "a", { license: "MIT", integrity: "" }, ["a 1.0.0: the lock file has no hash of it"]],
    ["no version", "a", { license: "MIT", version: "" }, ["a: the lock file names no version"]],
    ["a folder of the repository", "a", { link: true, resolved: "scripts/a" }, []],
  ])("with %s", (_, name, locked, expected) => {
    expect(faultsOf(name, locked)).toEqual(expected);
  });

  it("takes a licence that it does not name from the package itself", () => {
    expect(faultsOf("a", {}, "ISC")).toEqual([]);
    expect(faultsOf("a", {}, "GPL-2.0-only")).toHaveLength(1);
  });

  it("is refused with a version that an advisory names, wherever and under whatever name it lies", () => {
    const ip = { version: "2.0.1", license: "MIT" };
    expect(faultsOf("ip", ip).join()).toContain("GHSA-2p57-rm9w-gvfp");
    expect(faultsOf("b/node_modules/ip", ip).join()).toContain("GHSA-2p57-rm9w-gvfp");
    expect(faultsOf("other", { ...ip, name: "ip" }).join()).toContain("GHSA-2p57-rm9w-gvfp");
    expect(faultsOf("ip", { ...ip, version: "2.0.2" })).toEqual([]);
    expect(faultsOf("sharp", { version: "0.32.6-rc.1", license: "MIT" }).join()).toContain(
      "GHSA-54xq-cgqr-rpm3",
    );
  });

  it("passes with an advisory that was accepted for a reason", () => {
    const advisories = POLICY.advisories.map((advisory) => ({ ...advisory, accepted: "never called" }));
    const packages = { "node_modules/ip": { version: "2.0.1", license: "MIT", integrity: "sha512-x" } };
    expect(
      dependencyFaults({ packages }, { ...POLICY, advisories }, { notice, licenceIn: () => undefined }),
    ).toEqual([]);
  });

  it("that names nothing is refused", () => {
    expect(dependencyFaults({ packages: {} }, POLICY, { notice, licenceIn: () => undefined })).toHaveLength(
      1,
    );
  });
});

it.each([
  ["MIT", true],
  ["(MIT OR GPL-3.0)", true],
  ["GPL-3.0 OR MIT", true],
  ["MIT AND GPL-3.0", false],
  ["GPL-3.0 AND MIT OR ISC", true],
  ["GPL-3.0 AND (MIT OR ISC)", false],
  ["(MIT", false],
  ["MIT)", false],
  ["MIT ISC", false],
  ["OR MIT", false],
  ["GPL-3.0 WITH Classpath-exception-2.0", false],
  ["", false],
])("the licence %j is taken: %s", (expression, expected) => {
  expect(allows(new Set(["MIT", "ISC"]), expression)).toBe(expected);
});

describe("this repository", () => {
  it("passes its own check", async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", inRepository("scripts/check-dependencies.ts")],
      { cwd: inRepository(".") },
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^[1-9]\d* packages, 0 faults$/m);
  });

  // Tests of videos run here, so that they also show that nothing which is used loads it.
  it("installs nothing in the place of node-av's WebRTC part", () => {
    const { exports, main } = JSON.parse(
      readFileSync(inRepository("node_modules/werift/package.json"), "utf8"),
    );
    expect([exports, main]).toEqual([undefined, undefined]);
    expect(existsSync(inRepository("node_modules/werift/index.js"))).toBe(false);
    expect(existsSync(inRepository("node_modules/ip"))).toBe(false);
  });
});
