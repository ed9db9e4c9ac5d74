// Who books in this browser: a user of the server's, kept here by its id alone. Name and address stand there.
import { stored } from "./stored";

// The key makes the server's user, and makes it once.
export type Account = { key: string; userId: string };

export function parseAccount(kept: unknown): Account | null {
  const it = kept as Partial<Account> | null | undefined;
  if (typeof it !== "object" || !(it?.key || it?.userId)) return null;
  return { key: it.key ?? "", userId: it.userId ?? "" };
}

export const account = stored("account", parseAccount);
