// Tabs take turns where the browser has no locks, as on pages without TLS: whose turn it is stands in the storage that
// they share. Storage knows no "only if", so who takes the turn looks a moment later whether somebody else has taken it,
// too: it is that of the last one. A tab that is closed in its turn no longer says that it is there, and loses it.
import { newKey } from "./key";

export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;
type Lease = { owner: string; until: number };

const SETTLE_MS = 150; // more than tabs need to see what others have written
const LOOK_MS = 50;
const LEASE_MS = 5000;
const RENEW_MS = 1000;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function read(shelf: Shelf, name: string): Lease | null {
  try {
    const { owner, until } = JSON.parse(shelf.getItem(name) ?? "{}");
    // Who has more time than there is has had another clock.
    const isOpen = typeof owner === "string" && until > Date.now() && until <= Date.now() + LEASE_MS;
    return isOpen ? { owner, until } : null;
  } catch {
    return null;
  }
}

function write(shelf: Shelf, name: string, owner: string): void {
  try {
    shelf.setItem(name, JSON.stringify({ owner, until: Date.now() + LEASE_MS } satisfies Lease));
  } catch {
    // Nothing can be kept here, so there is no other tab that could be told of it.
  }
}

async function take(shelf: Shelf, name: string, owner: string): Promise<void> {
  for (;;) {
    if (read(shelf, name)) await wait(LOOK_MS);
    else {
      write(shelf, name, owner);
      await wait(SETTLE_MS);
      const lease = read(shelf, name);
      if (!lease || lease.owner === owner) return;
    }
  }
}

export async function withLease<T>(shelf: Shelf, name: string, work: () => Promise<T>): Promise<T> {
  const owner = newKey();
  await take(shelf, name, owner);
  const timer = setInterval(() => write(shelf, name, owner), RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (read(shelf, name)?.owner === owner) shelf.removeItem(name);
  }
}
