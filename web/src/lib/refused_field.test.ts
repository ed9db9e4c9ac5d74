import { expect, test } from "vitest";
import { issueOf } from "./refused_field";

test.each([
  ["is required, from 1970 to 9999", "required"],
  ["must be 1 to 160 characters long", { tooLong: 160 }],
  ["must not contain control characters", "badCharacters"],
  ["must be at most 3660 days ahead", { daysAhead: 3660 }],
  ["must be at most 31 days after start_time", { days: 31 }],
  ['must be at most 40, the seats of hall "Saal"', { seatsOfHall: 40 }],
  ["must be 1 to 1000000, or 0 for the hall's", { between: [1, 1_000_000] }],
  ["must be 0 to 1000000000", { tooMuch: 1_000_000_000 }],
  ['the location has no hall "Saal\nzwei"', "gone"],
])("%s", (words, issue) => {
  expect(issueOf(words)).toEqual(issue);
});

test("of what is not known nothing is made up", () => {
  expect(issueOf("must be at most 40 days ahead of everybody")).toBeUndefined();
});
