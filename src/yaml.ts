import {
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
} from "yaml";
import { count } from "./quantity.ts";

/** Bounds on YAML: what it holds once it may show in many places (`*name`), and those again. */
export interface YamlLimits {
  /** Levels of lists and mappings inside each other. */
  readonly nesting: number;
  /** Values, each counted in every place where an alias shows it. */
  readonly values: number;
}

/** A YAML document within its limits, or why there is none: after the file's name, with the line where it is known. */
export type YamlRead =
  | { readonly document: Document.Parsed; readonly lines: LineCounter; readonly fault: null }
  | { readonly fault: string; readonly line?: number };

/** Tokens that the parser holds open for one level, at most. */
const TOKENS_PER_LEVEL = 3;

/** Where collections are nested so deep that the composer, which calls itself for each, would break; null where nowhere. */
function tooDeepAt(text: string, nesting: number): number | null {
  const parser = new Parser();
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    // The tokens themselves are made again by who composes them.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > nesting * TOKENS_PER_LEVEL) return offset;
    offset += lexeme.length;
  }
  return null;
}

interface Extent {
  readonly values: number;
  readonly depth: number;
}

/**
 * How much a document comes to when every alias is replaced by what it names, null where something holds itself. An anchor
 * stands before its aliases, so that each node is measured once.
 */
function extentOf(document: Document.Parsed): Extent | null {
  const known = new Map<Node, Extent | null>();
  const anchors = new Map<string, Node>();
  let holdsItself = false;
  const measure = (node: unknown): Extent => {
    if (isPair(node)) {
      const [key, value] = [measure(node.key), measure(node.value)];
      return { values: key.values + value.values, depth: Math.max(key.depth, value.depth) };
    }
    if (!isNode(node)) return { values: 1, depth: 0 };
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      const extent = target && known.get(target);
      if (target && !extent) holdsItself = true;
      return extent ?? { values: 1, depth: 0 };
    }
    if (node.anchor) anchors.set(node.anchor, node);
    known.set(node, null);
    let [values, depth] = [1, 0];
    if (isCollection(node)) {
      for (const item of node.items) {
        const inner = measure(item);
        values += inner.values;
        depth = Math.max(depth, inner.depth);
      }
      depth++;
    }
    const extent = { values, depth };
    known.set(node, extent);
    return extent;
  };
  const extent = measure(document.contents);
  return holdsItself ? null : extent;
}

/** Reads YAML 1.2 with merge keys (`<<`) of one document, no further than its limits. Its own errors are in `errors`. */
export function readYaml(text: string, { nesting, values }: YamlLimits): YamlRead {
  const lines = new LineCounter();
  const refuse = (fault: string, line?: number): YamlRead => ({ fault, ...(line ? { line } : {}) });
  const deep = `is nested too deeply: more than ${count(nesting, "level")}`;
  const tooDeep = tooDeepAt(text, nesting);
  const document = parseDocument(tooDeep === null ? text : "", {
    lineCounter: lines,
    ...{ merge: true, version: "1.2", logLevel: "error" },
  });
  if (tooDeep !== null) return refuse(deep, text.slice(0, tooDeep).split("\n").length);
  const extent = extentOf(document);
  if (extent === null) return refuse("has an alias inside of what it names, which would hold itself");
  if (extent.depth > nesting) return refuse(deep);
  if (extent.values > values) {
    return refuse(
      `comes to ${extent.values} values when its aliases (*name) are followed, more than ${values}`,
    );
  }
  return { document, lines, fault: null };
}
