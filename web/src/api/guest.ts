// The server's user of this browser. It is made when it is first needed, without any details, and once: its key is kept
// before the server is asked, and whoever asks again asks with that key.
import type { Account } from "@/lib/account";

export type Desk = {
  load: () => Account | null;
  save: (account: Account | null) => void;
  newKey: () => string;
  create: (key: string) => Promise<string>; // the user's id
};

export async function userOf(desk: Desk): Promise<string> {
  const mine = desk.load() ?? { key: desk.newKey(), userId: "" };
  if (mine.userId) return mine.userId;
  desk.save(mine);
  const userId = await desk.create(mine.key);
  const now = desk.load();
  // A tab that had a key of its own may have been faster: its user is that of all tabs.
  if (now?.userId) return now.userId;
  if (now) desk.save({ ...mine, userId }); // otherwise somebody wants to be forgotten
  return userId;
}

// The server does not know this one: the next is somebody new, but only one for all that find it out.
export function renew(desk: Desk, userId: string): void {
  if (desk.load()?.userId === userId) desk.save({ key: desk.newKey(), userId: "" });
}
