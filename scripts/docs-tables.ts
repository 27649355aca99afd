/**
 * Writes the tables of docs/ that follow from the fields of a request: `npm run docs:tables`. They stand between
 * `<!-- table: NAME -->` and `<!-- end -->`; a test fails where one is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AUTHOR_KEYS, type AuthorKey, fieldsBelow, type Section } from "../src/config/keys.ts";
import { GROUPS } from "../src/request/field.ts";
import {
  ALL_FIELDS,
  codecOf,
  type Field,
  type FieldKey,
  fieldOf,
  flagNames,
  flagOf,
  isFieldKey,
} from "../src/request/index.ts";
import { inWords } from "../src/say.ts";

/** Pages with tables. */
export const PAGES = ["docs/options.md", "docs/configs.md"] as const;

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const names = flagNames("edit");

/** What a field takes, in a few words. */
function valuesOf({ type }: Field): string {
  switch (type.kind) {
    case "number": {
      const { least, most, above, whole, unit } = type;
      const range = most === undefined ? `${least} or more` : `${above ? "above " : ""}${least} to ${most}`;
      return [whole ? `whole, ${range}` : range, ...(unit ? [unit] : [])].join("; ");
    }
    case "choice":
      return type.choices.map(code).join(", ");
    case "flag":
      return "yes or no";
    case "text":
      return "a sentence";
    case "targets":
      return "a sentence";
    case "sweeps":
      return "option=value,value";
    case "names":
      return "names with commas";
    case "texts":
      return "sentences";
    case "paths":
      return "paths";
    case "path":
      return "a path or name";
    case "window":
      return "a share, or from-to";
    case "windows":
      return "a share or from-to, also by word";
    case "maskWords":
      return "words, `none`, `auto`";
    case "factors":
      return "word=number";
    case "frames":
      return "offsets, `first`, `mid`, `last`, `spread:N`; `none`";
    case "scenes":
      return "`auto`, `off`, or frames with commas";
    case "frameWindow":
      return "`auto`, `off`, a number, or number:number";
    case "regions":
      return "word:text, word=mask:text";
    case "loras":
      return "file, file:scale";
    case "embeddings":
      return "file, word=file";
    case "time":
      return "seconds or a clock time";
    case "crop":
      return "`none`, `center`, a ratio, four numbers of pixels; of an edit `auto`";
    case "colour":
      return "#rrggbb or a name";
  }
}

function defaultsOf(key: FieldKey): string {
  const field = ALL_FIELDS[key];
  const own = (of: Field): string =>
    inWords(of.otherwise ?? (of.default === undefined ? "" : String(of.default)), names);
  const usual = own(field);
  const others = field.in.flatMap((kind) => {
    const other = own(fieldOf(key, kind));
    return other === usual ? [] : [`${kind}: ${other}`];
  });
  return [...(usual ? [usual] : []), ...others].join("; ");
}

function placesOf({ yaml }: Field): string {
  if (typeof yaml === "string") return code(yaml);
  return "none" in yaml ? `– ${yaml.none}` : yaml.map(code).join(", ");
}

function optionRow(key: FieldKey): string {
  const field = ALL_FIELDS[key];
  const flags = [field.flag, ...(field.off ? [field.off.flag] : [])].map(code).join("<br>");
  const many = codecOf(field.type).repeatable ? ", repeatable" : "";
  return row([
    flags,
    inWords(field.help, names).replaceAll("|", "\\|"),
    valuesOf(field) + many,
    defaultsOf(key),
    field.symbol ?? "",
    code(key),
    placesOf(field),
    field.in.join(", "),
  ]);
}

/** The options of a group of the help. */
function optionsTable(group: string): string {
  const keys = Object.keys(ALL_FIELDS).filter(isFieldKey);
  return [
    row([
      "option",
      "what it says",
      "values",
      "default",
      "in the paper",
      "in a request",
      "in a config",
      "commands",
    ]),
    row(Array.from({ length: 8 }, () => "---")),
    ...keys.filter((key) => ALL_FIELDS[key].group === group).map(optionRow),
  ].join("\n");
}

/** The keys of a section of a config: those of fields, the others that are used, those that are not by their reason. */
function keysTable(section: Section): string {
  const authors: readonly [string, AuthorKey][] = Object.entries(AUTHOR_KEYS[section]);
  const about = new Map<string, string[]>();
  const say = (key: string, text: string): void => {
    about.set(text, [...(about.get(text) ?? []), key]);
  };
  const fields = new Map(fieldsBelow(section));
  const flagged = (field: FieldKey): string =>
    ALL_FIELDS[field].flag.startsWith("-") ? code(flagOf(field)) : "the input";
  const isAuthors = new Set(authors.map(([key]) => key));
  for (const [key, field] of fields) {
    // What a key of a config for tuning means stands with the authors' own.
    if (isAuthors.has(key)) continue;
    const { yamlNote } = ALL_FIELDS[field];
    const flag = flagged(field);
    const note = yamlNote === undefined ? "" : yamlNote.startsWith("(") ? ` ${yamlNote}` : `; ${yamlNote}`;
    say(key, flag + note);
  }
  for (const [key, what] of authors) if ("used" in what) say(key, what.used);
  for (const [key, what] of authors)
    if ("tuned" in what) {
      const field = fields.get(key);
      const flag = field === undefined ? "" : ` (${flagged(field)} of \`fatezero tune\`)`;
      say(key, `tuning: ${what.tuned}${flag}${"otherwise" in what ? `; else – ${what.otherwise}` : ""}`);
    }
  for (const [key, what] of authors) if ("unused" in what) say(key, `– ${what.unused}`);
  const rows = [...about].map(([text, keys]) => row([keys.map(code).join(", "), text]));
  return [row(["key", "here"]), row(["---", "---"]), ...rows].join("\n");
}

function tableOf(name: string): string {
  if ((GROUPS as readonly string[]).includes(name)) return optionsTable(name);
  const section = name === "the top" ? "" : name;
  if (Object.hasOwn(AUTHOR_KEYS, section)) return keysTable(section as Section);
  throw new Error(`There is no table "${name}".`);
}

/** A page with its tables made anew. */
export function withTables(page: string): string {
  return page.replace(
    /(<!-- table: (.*?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${tableOf(name)}\n\n${end}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const page of PAGES) writeFileSync(page, withTables(readFileSync(page, "utf8")));
