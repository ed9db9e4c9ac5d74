// Asking until there is an answer, and one after the other.
import { type Shelf, withLease } from "@/lib/lease";
import { isWorthRetrying } from "./problem";

export async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++)
    try {
      return await work();
    } catch (error) {
      if (!isWorthRetrying(failures, error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** failures));
    }
}

// A browser may refuse even to look at it.
const shelf: Shelf = {
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, text) => localStorage.setItem(name, text),
  removeItem: (name) => localStorage.removeItem(name),
};

// Tabs take turns: what one keeps for all of them, as an attempt's key, is there when the next one looks.
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const turn = `myevents.turn.${name}`;
  return navigator.locks ? await navigator.locks.request(turn, work) : withLease(shelf, turn, work);
}
