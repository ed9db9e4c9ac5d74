// Two people changed the same thing. What only one of them touched is taken from that one; what both made something
// different of stays as it is here, and is named.

export type Merged<T> = { values: T; taken: (keyof T)[]; conflicts: (keyof T)[] };

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function merge<T extends object>(base: T, mine: T, theirs: T): Merged<T> {
  const merged: Merged<T> = { values: { ...mine }, taken: [], conflicts: [] };
  for (const field of Object.keys(theirs) as (keyof T)[]) {
    if (isSame(theirs[field], base[field]) || isSame(theirs[field], mine[field])) continue;
    if (isSame(mine[field], base[field])) {
      merged.values[field] = theirs[field];
      merged.taken.push(field);
    } else merged.conflicts.push(field);
  }
  return merged;
}

// The fields that differ, for an update that says only what it changes.
export const changed = <T extends object>(base: T, mine: T): (keyof T)[] =>
  (Object.keys(mine) as (keyof T)[]).filter((field) => !isSame(base[field], mine[field]));
