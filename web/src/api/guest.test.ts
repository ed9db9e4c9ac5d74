import { beforeEach, expect, test } from "vitest";
import { type Account, parseAccount } from "@/lib/account";
import { type Desk, renew, userOf } from "./guest";

// A server of a few lines: the same key gives the same user, as the real one promises.
let kept: Account | null;
let users: Map<string, string>; // by key
let lost: number; // answers that do not arrive
let keys: number;

const desk: Desk = {
  load: () => kept,
  save: (account) => {
    kept = parseAccount(JSON.parse(JSON.stringify(account)));
  },
  newKey: () => `key-${++keys}`,
  create: async (key) => {
    const id = users.get(key) ?? `user-${users.size + 1}`;
    users.set(key, id);
    if (lost-- > 0) throw new Error("lost");
    return id;
  },
};

// A tab that has looked before any other had written.
function firstSeesNobody(): Desk {
  let looks = 0;
  return { ...desk, load: () => (looks++ === 0 ? null : kept) };
}

beforeEach(() => {
  kept = null;
  users = new Map();
  lost = 0;
  keys = 0;
});

test("whoever asks, and however often, is the same user", async () => {
  expect(await userOf(desk)).toBe("user-1");
  expect(await userOf(desk)).toBe("user-1");
  expect(users.size).toBe(1);
});

test("who is known is not made again, however long ago the key was used", async () => {
  kept = { key: "", userId: "of-old" };
  expect(await userOf(desk)).toBe("of-old");
  expect(users.size).toBe(0);
});

test("an answer that was lost is asked for again with the key of then", async () => {
  lost = 1;
  await expect(userOf(desk)).rejects.toThrow("lost");
  expect(kept).toEqual({ key: "key-1", userId: "" });
  expect(await userOf(desk)).toBe("user-1");
  expect(users.size).toBe(1);
});

test("two tabs at the same moment are one user, also where there are no locks", async () => {
  const both = await Promise.all([userOf(desk), userOf(desk)]);
  expect(both).toEqual(["user-1", "user-1"]);
  expect(users.size).toBe(1);
});

test("of two tabs with a key each, the one that is answered first counts", async () => {
  const both = await Promise.all([userOf(firstSeesNobody()), userOf(firstSeesNobody())]);
  expect(users.size).toBe(2);
  expect(new Set(both).size).toBe(1);
  expect(kept?.userId).toBe(both[0]);
});

test("who is forgotten while the server is asked stays forgotten", async () => {
  const asked = userOf(desk);
  desk.save(null);
  expect(await asked).toBe("user-1");
  expect(kept).toBe(null);
});

test("a user that the server does not know is replaced once", async () => {
  const gone = await userOf(desk);
  renew(desk, gone);
  const next = await userOf(desk);
  renew(desk, gone); // another tab finds it out later
  expect(next).toBe("user-2");
  expect(await userOf(desk)).toBe("user-2");
});

test("what an older version kept is still the same user", () => {
  const old = { firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", userKey: "k", userId: "u" };
  expect(parseAccount(old)).toEqual({ key: "", userId: "u" });
  expect(parseAccount({ ...old, userId: "" })).toBe(null); // its key stood for other words
  expect(parseAccount("nonsense")).toBe(null);
});
