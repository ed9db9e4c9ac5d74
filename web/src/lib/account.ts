// Who books in this browser. Until there are accounts: a name and an address, kept here.
import { newKey } from "./key";
import { stored } from "./stored";

export type Details = { firstName: string; lastName: string; email: string };
// The key makes the server's user, and makes it once.
export type Account = Details & { userKey: string; userId: string };

function parse(kept: unknown): Account | null {
  const it = kept as Partial<Account> | null | undefined;
  if (typeof it !== "object" || !it?.firstName || !it.lastName || !it.email || !it.userKey) return null;
  return {
    firstName: it.firstName,
    lastName: it.lastName,
    email: it.email,
    userKey: it.userKey,
    userId: it.userId ?? "",
  };
}

export const account = stored<Account | null>("account", parse);

export const newAccount = (details: Details): Account => ({ ...details, userKey: newKey(), userId: "" });

export const NAME_MAX = 80;
export const EMAIL_MAX = 254;
export type DetailProblem = "required" | "badEmail" | { tooLong: number };

// As the server checks it, but before it is asked.
export function checkDetails(details: Details): Partial<Record<keyof Details, DetailProblem>> {
  const problems: Partial<Record<keyof Details, DetailProblem>> = {};
  for (const field of ["firstName", "lastName", "email"] as const) {
    const value = details[field].trim();
    const longest = field === "email" ? EMAIL_MAX : NAME_MAX;
    if (!value) problems[field] = "required";
    else if ([...value].length > longest) problems[field] = { tooLong: longest };
    else if (field === "email" && !/^[^@\s]+@[^@\s]+$/.test(value)) problems[field] = "badEmail";
  }
  return problems;
}
