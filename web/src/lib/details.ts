// What somebody who books is asked for.
import { stored } from "./stored";

export const detailNames = ["firstName", "lastName", "email"] as const;
export type DetailName = (typeof detailNames)[number];
export type Details = Record<DetailName, string>;

export const noDetails: Details = { firstName: "", lastName: "", email: "" };

const NAME_MAX = 80;
const EMAIL_MAX = 254;
export type DetailProblem = "required" | "badEmail" | "notAccepted" | { tooLong: number };
export type DetailProblems = Partial<Record<DetailName, DetailProblem>>;

// As the server checks it, but before it is asked.
export function checkDetails(details: Details): DetailProblems {
  const problems: DetailProblems = {};
  for (const field of detailNames) {
    const value = details[field].trim();
    const longest = field === "email" ? EMAIL_MAX : NAME_MAX;
    if (!value) problems[field] = "required";
    else if ([...value].length > longest) problems[field] = { tooLong: longest };
    else if (field === "email" && !/^[^@\s]+@[^@\s]+$/.test(value)) problems[field] = "badEmail";
  }
  return problems;
}

export const isComplete = (details: Details): boolean => Object.keys(checkDetails(details)).length === 0;

export const trimmed = ({ firstName, lastName, email }: Details): Details => ({
  firstName: firstName.trim(),
  lastName: lastName.trim(),
  email: email.trim(),
});

// What is to be told, so that what another tab has told since then is left alone.
export function changedDetails(before: Details, after: Details): Partial<Details> {
  const changed: Partial<Details> = {};
  for (const field of detailNames) if (after[field] !== before[field]) changed[field] = after[field];
  return changed;
}

// Those that a refusal names: "user.email".
export function refusedDetails(fields: Record<string, string>): DetailProblems {
  const problems: DetailProblems = {};
  for (const field of Object.keys(fields)) {
    const name = detailNames.find((one) => field.endsWith(`.${one}`));
    if (name) problems[name] = "notAccepted";
  }
  return problems;
}

export function parseDraft(kept: unknown): Details | null {
  if (typeof kept !== "object" || !kept) return null;
  const it = kept as Partial<Record<DetailName, unknown>>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { firstName: text(it.firstName), lastName: text(it.lastName), email: text(it.email) };
}

// What was typed and not told yet: neither loading again nor a hold that ends takes it away. It ends with the tab.
export const draft = stored("draft", parseDraft, () => sessionStorage);
