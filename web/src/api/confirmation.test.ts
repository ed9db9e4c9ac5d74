import { beforeEach, expect, test } from "vitest";
import { type Details, isComplete, noDetails } from "@/lib/details";
import type { Booking } from "./client";
import { confirmWith, type Desk } from "./confirmation";

const ada: Details = { firstName: "Ada", lastName: "Lovelace", email: "ada@example.com" };

// A server of a few lines, that books for nobody without details.
let user: Details;
let isConfirmed: boolean;
let log: string[];
let lost: string; // the step whose answer does not arrive, once

function answer<T>(step: string, value: T): T {
  log.push(step);
  if (lost !== step) return value;
  lost = "";
  throw new Error("lost");
}

const desk: Desk = {
  tell: async (details) => {
    user = { ...user, ...details };
    return answer(`tell ${Object.keys(details).join(" ")}`, user);
  },
  confirm: async () => {
    if (!isComplete(user)) throw new Error("incomplete");
    isConfirmed = true;
    return answer("confirm", { id: "b", state: "BOOKING_STATE_CONFIRMED" } as Booking);
  },
  isIncomplete: (error) => (error as Error).message === "incomplete",
};

beforeEach(() => {
  user = noDetails;
  isConfirmed = false;
  log = [];
  lost = "";
});

test("a guest's details are told, then the hold is confirmed", async () => {
  await confirmWith(desk, noDetails, ada);
  expect(log).toEqual(["tell firstName lastName email", "confirm"]);
  expect(user).toEqual(ada);
});

test("who is known already is asked to tell nothing", async () => {
  user = ada;
  await confirmWith(desk, ada, { ...ada });
  expect(log).toEqual(["confirm"]);
});

test("only what was changed is told, so that another tab's words stay", async () => {
  user = { ...ada, lastName: "King" }; // told by another tab since this form was opened
  await confirmWith(desk, ada, { ...ada, email: "ada@example.org" });
  expect(user).toEqual({ firstName: "Ada", lastName: "King", email: "ada@example.org" });
});

test("wherever an answer is lost, asking again goes through", async () => {
  for (lost of ["tell firstName lastName email", "confirm"]) {
    user = noDetails;
    isConfirmed = false;
    await expect(confirmWith(desk, noDetails, ada)).rejects.toThrow("lost");
    await confirmWith(desk, noDetails, ada);
    expect([user, isConfirmed]).toEqual([ada, true]);
  }
});

test("a server that knows less than this browser thought is told everything", async () => {
  await confirmWith(desk, ada, ada);
  expect(log).toEqual(["tell firstName lastName email", "confirm"]);
});

test("nothing is confirmed when the details are refused", async () => {
  const refusing: Desk = { ...desk, tell: () => Promise.reject(new Error("refused")) };
  await expect(confirmWith(refusing, noDetails, ada)).rejects.toThrow("refused");
  expect(isConfirmed).toBe(false);
});
