// Parts of the pages that are fetched when they are first needed. They are asked for again when that fails, and all of
// them are fetched once the page has come to rest: who is offline by then still has the whole of it.
import { lazy } from "react";

type Load<T> = () => Promise<T>;

const ATTEMPTS = 5;
const PAUSE_FIRST_MS = 500;
const REST_MS = 4000;

const loads: Load<unknown>[] = [];

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
    addEventListener("online", () => resolve(), { once: true });
  });

// While the browser is offline an attempt does not count.
async function insist<T>(load: Load<T>): Promise<T> {
  for (let failures = 0; ; )
    try {
      return await load();
    } catch (error) {
      if (navigator.onLine && ++failures === ATTEMPTS) throw error;
      await pause(PAUSE_FIRST_MS * 2 ** failures);
    }
}

export const later: typeof lazy = (load) => {
  loads.push(load);
  return lazy(() => insist(load));
};

async function fetchAll(): Promise<void> {
  for (const load of loads) await load().catch(() => {}); // it is asked for again when it is needed
}

export function fetchTheRestLater(): void {
  const isCostly = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (!isCostly) setTimeout(fetchAll, REST_MS);
}
