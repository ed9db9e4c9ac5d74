import { beforeEach, expect, test } from "vitest";
import { type Attempt, createOnce, type Maker } from "./create_once";

// A service of a few lines: the same key gives the same thing, as the real one promises.
let made: Map<string, string>; // by key
let lost: number; // answers that do not arrive
let keys: number;
let open: Attempt<string> | undefined;

const maker: Maker<string, { key: string; name: string }> = {
  newKey: () => `key-${++keys}`,
  create: async ({ key, body }) => {
    if (body === "bad") throw new Error("refused");
    if ((made.get(key) ?? body) !== body) throw new Error("refused");
    made.set(key, body);
    if (lost-- > 0) throw new Error("lost");
    return { key, name: body };
  },
  update: async ({ key }, body) => {
    made.set(key, body);
    return { key, name: body };
  },
  isRefusal: (error) => (error as Error).message === "refused",
};
const create = (body: string) =>
  createOnce(maker, open, body, (attempt) => {
    open = attempt;
  });

beforeEach(() => {
  made = new Map();
  lost = 0;
  keys = 0;
  open = undefined;
});

test("a second click makes nothing new", async () => {
  await create("Tosca");
  await create("Tosca");
  expect([...made.values()]).toEqual(["Tosca"]);
});

test("an answer that was lost is asked for again, with the key of then", async () => {
  lost = 1;
  await expect(create("Tosca")).rejects.toThrow("lost");
  await create("Tosca");
  expect([...made]).toEqual([["key-1", "Tosca"]]);
});

test("who writes something else after a lost answer has made one thing, and it is that", async () => {
  lost = 1;
  await expect(create("Tosca")).rejects.toThrow("lost");
  expect((await create("Aida")).name).toBe("Aida");
  expect([...made]).toEqual([["key-1", "Aida"]]);
});

test("after a refusal there is a new key", async () => {
  await expect(create("bad")).rejects.toThrow("refused");
  expect(open).toBeUndefined();
  await create("Tosca");
  expect([...made]).toEqual([["key-2", "Tosca"]]);
});

test("an attempt that turns out to have been refused does not stand in the way of the next", async () => {
  open = { key: "old", body: "bad" };
  expect((await create("Tosca")).name).toBe("Tosca");
  expect([...made.values()]).toEqual(["Tosca"]);
});
