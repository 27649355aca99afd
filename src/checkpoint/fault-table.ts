/** Rows shown of each kind of fault; a wrong file has hundreds. */
const SHOWN_PER_KIND = 10;

/**
 * A table of faults as error messages hold it, indented, one row a fault: the first cell is the fault's kind, and rows
 * of a kind stand together. Of each kind ten are shown; the last line counts the rest.
 */
export function faultTable(head: readonly string[], faults: readonly (readonly string[])[]): string {
  const kinds = [...new Set(faults.map(([kind]) => kind))];
  const shown = kinds.flatMap((kind) => faults.filter(([k]) => k === kind).slice(0, SHOWN_PER_KIND));
  const rows = [head, ...shown];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd(),
  );
  const more = faults.length - shown.length;
  return [...lines, ...(more > 0 ? [`  … and ${more} more`] : [])].join("\n");
}
