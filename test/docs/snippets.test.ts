/** The TypeScript in the documents compiles against the library as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { inRepository } from "../support/fixtures.ts";

const DOCUMENTS = [
  "README.md",
  "docs/any-size.md",
  "docs/describe.md",
  "docs/library.md",
  "docs/masks.md",
  "docs/metrics.md",
  "docs/metrics-clip.md",
  "docs/metrics-pixels.md",
  "docs/tuning.md",
];

interface Snippet {
  /** Where it would lie as a file. */
  readonly file: string;
  readonly text: string;
}

function snippetsOf(document: string): Snippet[] {
  const text = readFileSync(inRepository(document), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], i) => ({
    file: join(inRepository("."), `${document.replaceAll(/\W/g, "-")}-${i + 1}.ts`),
    text: code!,
  }));
}

/** What the compiler says of snippets, as `FILE:LINE: MESSAGE`. */
function faultsIn(snippets: readonly Snippet[]): string[] {
  const { config } = ts.readConfigFile(inRepository("tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, inRepository("."));
  const unused = { noUnusedLocals: false, noUnusedParameters: false, lib: ["lib.esnext.d.ts"] };
  const paths = { fatezero: [inRepository("src/index.ts")] };
  const host = ts.createCompilerHost(options);
  const texts = new Map(snippets.map(({ file, text }) => [file, text]));
  const { readFile, fileExists } = host;
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  const program = ts.createProgram([...texts.keys()], { ...options, ...unused, paths }, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      return `${file.split("/").at(-1)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}

describe("snippets", () => {
  it("of the documents compile", () => {
    const snippets = DOCUMENTS.flatMap(snippetsOf);
    expect(snippets.length).toBeGreaterThan(7);
    expect(faultsIn(snippets)).toEqual([]);
  });

  it("that do not would be told", () => {
    const text = 'import { edit, nothing } from "fatezero";\nconst n: number = edit;\n';
    expect(faultsIn([{ file: inRepository("snippet.ts"), text }])).toEqual([
      expect.stringContaining("snippet.ts:1: "),
      expect.stringContaining("snippet.ts:2: "),
    ]);
  });
});
