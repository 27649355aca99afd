import type { PlanWarning } from "../prompt/index.ts";
import { type KeyTable, keyTables, nameNow } from "./keys.ts";
import type { ConfigReader } from "./reader.ts";
import { shortened } from "./resolve.ts";
import { closest } from "./similar.ts";
import type { Key } from "./tree.ts";

type Tables = Readonly<Record<string, KeyTable>>;

/** Letters of a key that may be a misspelling. */
const LONGEST_KEY = 60;
/** Unknown keys that a warning shows. */
const SHOWN_KEYS = 20;
const ENTRIES = "editing_config.p2p_config";

/** The sections of a file with the keys they hold; the entries of p2p_config count as one. */
function sectionsOf(reader: ConfigReader, tables: Tables): [section: string, keys: readonly Key[]][] {
  return Object.keys(tables).map((section) => {
    if (!section.startsWith(ENTRIES)) return [section, reader.keys(section)];
    const inner = section.slice(`${ENTRIES}.*`.length);
    const keys = reader.keys(ENTRIES).flatMap((entry) => reader.keys(`${ENTRIES}.${entry}${inner}`));
    return [section, [...new Set(keys)]];
  });
}

function writtenSection(reader: ConfigReader, section: string): string {
  return section.startsWith(ENTRIES)
    ? section.replace(ENTRIES, reader.written(ENTRIES))
    : reader.written(section);
}

/** Where else a key has a meaning, or what it may be a misspelling of. */
function hint(tables: Tables, section: string, key: string): string {
  const here = Object.keys(tables[section]!);
  if (key.length > LONGEST_KEY) return "";
  const meant = closest(key, here);
  if (meant) return ` (did you mean ${meant}?)`;
  const elsewhere = Object.keys(tables).find(
    (other) => Object.hasOwn(tables[other]!, key) && tables[other]![key] === null,
  );
  return elsewhere === undefined
    ? ""
    : ` (it belongs ${elsewhere === "" ? "to the top" : `in ${elsewhere}`})`;
}

/**
 * What a file holds that is not read: keys that mean nothing here in one warning, keys that nobody knows in another.
 * The program's own mapping has no room for either.
 *
 * @throws FateZeroError `config-value` on an unknown key below `fatezero`.
 */
export function surveyKeys(reader: ConfigReader, isTuning: boolean): PlanWarning[] {
  const tables: Tables = keyTables(isTuning);
  const ignored: string[] = [];
  const unknown: string[] = [];
  let unknownCount = 0;
  for (const [section, keys] of sectionsOf(reader, tables)) {
    for (const key of keys) {
      const name = nameNow(String(key));
      const path = section === "" ? String(key) : `${writtenSection(reader, section)}.${key}`;
      const table = tables[section]!;
      if (Object.hasOwn(table, name)) {
        if (table[name] !== null) ignored.push(path);
        continue;
      }
      if (section === "fatezero") {
        const known = Object.keys(table).join(", ");
        const message = `${shortened(path)} is no key of this program${hint(tables, section, name)}.`;
        throw reader.fault("config-value", path, message, `Its keys are ${known}.`);
      }
      unknownCount++;
      if (unknown.length < SHOWN_KEYS) unknown.push(`${shortened(path)}${hint(tables, section, name)}`);
    }
  }
  const { name: file } = reader.tree;
  const warning = (code: string, text: string, list: readonly string[]): PlanWarning[] =>
    list.length === 0 ? [] : [{ code, message: `"${file}": ${text} ${list.join(", ")}.` }];
  if (unknownCount > unknown.length) unknown.push(`and ${unknownCount - unknown.length} more`);
  return [
    ...warning("config-ignored", "these keys mean nothing here:", ignored),
    ...warning("config-unknown", "nothing reads these keys:", unknown),
  ];
}
