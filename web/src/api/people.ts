// Who booked: the users behind many bookings, a hundred at a time.
import { useSyncExternalStore } from "react";
import { api, ask, type User } from "./client";
import { isWorthRetrying } from "./problem";

const BATCH = 100; // as the API has it
const AT_ONCE = 4;
// People may change their names; a guest tells them any moment, and is asked for each time.
const FRESH_MS = 60_000;

export type Person = { user: User | undefined; readAt: number }; // without a user: the server knows nobody of this id

export const isGuest = (user: User): boolean => !user.firstName && !user.lastName && !user.email;

export const isFresh = ({ user, readAt }: Person, now: number): boolean =>
  now - readAt < FRESH_MS && !(user && isGuest(user));

class People {
  private known = new Map<string, Person>();
  private asked = new Map<string, Promise<void>>();
  private version = 0;
  private listeners = new Set<() => void>();
  hasFailed = false;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  getVersion = (): number => this.version;
  get = (id: string): Person | undefined => this.known.get(id);
  countKnown = (ids: Iterable<string>): number => [...ids].filter((id) => this.known.has(id)).length;

  // Asks for those that are not known, or not of late. Done when all were asked for; what failed is asked for again the
  // next time.
  async load(ids: Iterable<string>): Promise<void> {
    const now = Date.now();
    const wanted = [...new Set(ids)].filter((id) => {
      const person = this.known.get(id);
      return !this.asked.has(id) && (!person || !isFresh(person, now));
    });
    const underWay = [...new Set(ids)].flatMap((id) => this.asked.get(id) ?? []);
    if (wanted.length > 0) this.hasFailed = false;
    const batches = Array.from({ length: Math.ceil(wanted.length / BATCH) }, (_, i) =>
      wanted.slice(i * BATCH, (i + 1) * BATCH),
    );
    const next = batches.values();
    const worker = async () => {
      for (const batch of next) await this.loadBatch(batch);
    };
    const all = Promise.all(Array.from({ length: AT_ONCE }, worker)).then(() => {});
    for (const id of wanted) this.asked.set(id, all);
    await Promise.all([all, ...underWay]);
  }

  private async loadBatch(ids: string[]): Promise<void> {
    try {
      const users = new Map((await getUsers(ids)).map((user) => [user.id, user]));
      for (const id of ids) this.known.set(id, { user: users.get(id), readAt: Date.now() });
    } catch {
      this.hasFailed = true;
    }
    for (const id of ids) this.asked.delete(id);
    this.version++;
    for (const listener of this.listeners) listener();
  }
}

async function getUsers(userIds: string[]): Promise<User[]> {
  for (let failures = 0; ; failures++)
    try {
      const answer = await ask(api.GET("/v1/users:batchGet", { params: { query: { userIds } } }));
      return answer.users as User[];
    } catch (error) {
      if (!isWorthRetrying(failures, error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** failures));
    }
}

export const people = new People();

// Draws again when more are known; the number grows then.
export const usePeople = (): number => useSyncExternalStore(people.subscribe, people.getVersion);
