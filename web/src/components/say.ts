// Short words about what was done; toasts.tsx shows them.
import { useSyncExternalStore } from "react";

export type Note = { id: number; text: string; tone: "good" | "bad" };

let notes: Note[] = [];
let lastId = 0;
const listeners = new Set<() => void>();
const NOTES_MAX = 3;

function change(next: Note[]): void {
  notes = next;
  for (const listener of listeners) listener();
}

export const say = (text: string, tone: Note["tone"] = "good"): void =>
  change([...notes.slice(1 - NOTES_MAX), { id: ++lastId, text, tone }]);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const forgetNote = (id: number): void => change(notes.filter((note) => note.id !== id));
export const useNotes = (): Note[] => useSyncExternalStore(subscribe, () => notes);
