import { expect, test } from "vitest";
import { changedDetails, checkDetails, isComplete, noDetails, parseDraft, refusedDetails, trimmed } from "./details";

const ada = { firstName: "Ada", lastName: "Lovelace", email: "ada@example.com" };

test("details are judged as the server judges them", () => {
  expect(checkDetails(ada)).toEqual({});
  expect(checkDetails({ firstName: " ", lastName: "", email: "" })).toEqual({
    firstName: "required",
    lastName: "required",
    email: "required",
  });
  for (const email of ["ada", "@example.com", "ada@", "a@b@c", "a da@example.com"])
    expect(checkDetails({ ...ada, email }), email).toEqual({ email: "badEmail" });
  expect(checkDetails({ ...ada, email: "a@b" })).toEqual({});
});

test("length is counted in characters, not in halves of them", () => {
  expect(checkDetails({ ...ada, lastName: "🎻".repeat(80) })).toEqual({});
  expect(checkDetails({ ...ada, lastName: "ö".repeat(81) })).toEqual({ lastName: { tooLong: 80 } });
});

test("a guest is not complete, and spaces make nobody complete", () => {
  expect([isComplete(ada), isComplete(noDetails), isComplete({ ...ada, firstName: "  " })]).toEqual([
    true,
    false,
    false,
  ]);
});

test("only what is different is to be told", () => {
  expect(changedDetails(ada, ada)).toEqual({});
  expect(changedDetails(noDetails, ada)).toEqual(ada);
  expect(changedDetails(ada, trimmed({ ...ada, email: " ada@example.org " }))).toEqual({ email: "ada@example.org" });
});

test("a refusal is shown at the fields that it names", () => {
  expect(
    refusedDetails({ "user.firstName": "must be valid UTF-8", "user.email": "must be an e-mail address" }),
  ).toEqual({ firstName: "notAccepted", email: "notAccepted" });
  expect(refusedDetails({ seats: "must be 1 to 20" })).toEqual({});
});

test("a draft that was kept wrongly is none, or has gaps", () => {
  expect(parseDraft("nonsense")).toBe(null);
  expect(parseDraft(undefined)).toBe(null);
  expect(parseDraft({ firstName: "Ada", email: 7 })).toEqual({ firstName: "Ada", lastName: "", email: "" });
});
