// Asking until there is an answer, and one after the other.
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

// Tabs take turns, where the browser has locks; without them the key alone has to do.
export const inTurn = async <T>(name: string, work: () => Promise<T>): Promise<T> =>
  navigator.locks ? await navigator.locks.request(`myevents.${name}`, work) : await work();
