// Tables for spreadsheets (RFC 4180). Cells come from strangers: one that a spreadsheet would take for a formula gets
// a quote in front of it, and is a text.

const BYTE_ORDER_MARK = "\uFEFF"; // otherwise Excel does not see that it is UTF-8

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csv = (header: string[], rows: (string | number)[][]): string =>
  BYTE_ORDER_MARK + [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

// "Tosca: Akt 1/2" as a name that every file system takes.
export const fileName = (text: string, ending: string): string =>
  `${
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60)
      .toLowerCase() || "list"
  }.${ending}`;
