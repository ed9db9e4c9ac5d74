// Values kept in this browser, the same in all its tabs; or, in sessionStorage, of one tab and as long as that is open.
import { useSyncExternalStore } from "react";

export type Stored<T> = { get: () => T; set: (value: T) => void; use: () => T };

const PREFIX = "myevents.";

// `parse` makes what was kept, perhaps by an older version, into a value again.
export function stored<T>(name: string, parse: (kept: unknown) => T, area = () => localStorage): Stored<T> {
  const key = PREFIX + name;
  const listeners = new Set<() => void>();
  let raw: string | null | undefined; // undefined: not read yet
  let value: T;

  const read = (): string | null => {
    try {
      return area().getItem(key);
    } catch {
      return raw ?? null; // not allowed here: it lasts as long as the page
    }
  };
  const get = (): T => {
    const now = read();
    if (now !== raw) {
      raw = now;
      value = parse(decode(now));
    }
    return value;
  };
  const set = (next: T): void => {
    const text = typeof next === "string" ? next : JSON.stringify(next);
    try {
      area().setItem(key, text);
    } catch {
      raw = text;
      value = next;
    }
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    const onStorage = (event: StorageEvent) => {
      if (event.key === key || event.key === null) listener();
    };
    listeners.add(listener);
    addEventListener("storage", onStorage);
    return () => {
      listeners.delete(listener);
      removeEventListener("storage", onStorage);
    };
  };
  return { get, set, use: () => useSyncExternalStore(subscribe, get) };
}

function decode(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
