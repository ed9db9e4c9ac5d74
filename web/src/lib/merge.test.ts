import { expect, test } from "vitest";
import { changed, merge } from "./merge";

const base = { name: "Tosca", hall: "A", capacity: 100, tags: ["x"] };

test("what only the others changed is taken, what only I changed stays", () => {
  const merged = merge(base, { ...base, name: "Aida" }, { ...base, capacity: 90 });
  expect(merged).toEqual({ values: { ...base, name: "Aida", capacity: 90 }, taken: ["capacity"], conflicts: [] });
});

test("what both changed stays as it is here, and is named", () => {
  const merged = merge(base, { ...base, name: "Aida", tags: ["y"] }, { ...base, name: "Otello", tags: ["z"] });
  expect(merged.values).toEqual({ ...base, name: "Aida", tags: ["y"] });
  expect(merged.conflicts).toEqual(["name", "tags"]);
});

test("the same change by both is none that needs a decision", () => {
  const mine = { ...base, hall: "B", tags: ["x", "y"] };
  expect(merge(base, mine, { ...base, hall: "B", tags: ["x", "y"] })).toEqual({
    values: mine,
    taken: [],
    conflicts: [],
  });
});

test("an update says only what it changes", () => {
  expect(changed(base, { ...base, tags: ["x"], hall: "C" })).toEqual(["hall"]);
});
