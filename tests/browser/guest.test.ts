// Who holds seats is asked for name and address afterwards, against the clock.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { User } from "@/api/client";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import {
  ada,
  bookingIdOf,
  button,
  confirm,
  confirmButton,
  giveDetails,
  heading,
  hold,
  link,
  see,
} from "./support/flow";
import { closeGate, isChange } from "./support/gate";
import { useSystem } from "./support/system";

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const page = async (eventId: string, more = {}) => visit({ url: `${system().url}/events/${eventId}`, ...more });

// What the page has asked for that changes something.
function changesOf(page: Page): string[] {
  const changes: string[] = [];
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname;
    if (request.method() !== "GET") changes.push(`${request.method()} ${path.replace(/[0-9a-f-]{36}/, "*")}`);
  });
  return changes;
}

const userOf = async (page: Page): Promise<User> => {
  const { userId } = await api().booking(bookingIdOf(page));
  return api().ask("GET", `/v1/users/${userId}`);
};
const untilFocused = (page: Page, name: string) =>
  expect.poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.name)).toBe(name);
const enteredIn = (page: Page, label: string) => page.getByLabel(label).inputValue();

test("a double click holds at once and once, for a guest", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  const changes = changesOf(guest);
  await button(guest, en.book.hold(2)).dblclick();
  await heading(guest, en.hold.title).waitFor();
  await api().untilSeats(event.id, { held: 2, sold: 0 });
  expect(changes).toEqual(["POST /v1/users", "POST /v1/events/*/bookings"]);
  expect(await userOf(guest)).toMatchObject({ firstName: "", lastName: "", email: "" });
});

// Without TLS, as in a network at home, browsers have no locks.
const noLocks = () => Object.defineProperty(navigator, "locks", { value: undefined });

test.each([
  ["with", () => {}],
  ["without", noLocks],
])("two tabs that hold at the same moment, %s locks, are one person with one hold", async (_, prepare) => {
  const event = await api().event();
  const one = await page(event.id);
  await one.context().addInitScript(prepare);
  await one.reload();
  const other = await one.context().newPage();
  await other.goto(one.url());
  const tabs = [one, other];
  const changes = tabs.map(changesOf);
  await Promise.all(tabs.map((tab) => button(tab, en.book.hold(2)).waitFor()));
  const press = (words: string) =>
    [...document.querySelectorAll("button")].find((button) => button.textContent === words)?.click();
  const open = await closeGate(one.context(), isChange);
  await Promise.all(tabs.map((tab) => tab.evaluate(press, en.book.hold(2))));
  open();
  await Promise.all(tabs.map((tab) => heading(tab, en.hold.title).waitFor()));
  expect(other.url()).toBe(one.url());
  expect(changes.flat().sort()).toEqual(["POST /v1/events/*/bookings", "POST /v1/users"]);
});

test("a hold that is listed before its own answer arrives leads on all the same", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  let isHeld = () => {};
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  await guest.route(/users\/.*\/bookings/, async (route) => {
    await held;
    await route.continue();
  });
  await guest.route(/events\/.*\/bookings/, async (route) => {
    const response = await route.fetch();
    isHeld();
    await see(guest, en.hold.banner(2, event.name));
    await route.fulfill({ response });
  });
  await hold(guest);
  await api().untilSeats(event.id, { held: 2, sold: 0 });
});

test("a list that was asked for before a hold, and answered after it, does not hide it", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let isHeld = () => {};
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  await guest.route(
    /users\/.*\/bookings/,
    async (route) => {
      const response = await route.fetch();
      isAsked();
      await held;
      await route.fulfill({ response }).catch(() => {}); // nobody waits for it any more
    },
    { times: 1 },
  );
  await guest.route(/events\/.*\/bookings/, async (route) => {
    await asked;
    await route.continue();
  });
  await hold(guest);
  isHeld();
  await guest.getByRole("navigation").getByRole("link", { name: en.app.bookings }).click();
  await link(guest, event.name).waitFor();
  await see(guest, en.hold.banner(2, event.name));
});

test("nobody confirms without details, and what is missing is shown where it is", async () => {
  const event = await api().event();
  const guest = await page(event.id, { width: "phone" });
  const changes = changesOf(guest);
  await hold(guest);
  await confirmButton(guest).click();
  await untilFocused(guest, "firstName");
  for (const label of [en.book.firstName, en.book.lastName, en.book.email])
    expect(await guest.getByLabel(label).getAttribute("aria-invalid"), label).toBe("true");
  await giveDetails(guest);
  await guest.getByLabel(en.book.email).press("Enter");
  await heading(guest, en.ticket.confirmed).waitFor();
  expect(await userOf(guest)).toMatchObject(ada);
  expect(changes.slice(2)).toEqual(["PATCH /v1/users/*", "POST /v1/bookings/*:confirm"]);
});

test("who is known only looks and confirms", async () => {
  const [first, next] = [await api().event(), await api().event()];
  const guest = await page(first.id);
  await hold(guest);
  await confirm(guest);
  await guest.goto(`${system().url}/events/${next.id}`);
  const changes = changesOf(guest);
  await hold(guest);
  expect(await enteredIn(guest, en.book.email)).toBe(ada.email);
  await confirm(guest);
  expect(changes).toEqual(["POST /v1/events/*/bookings", "POST /v1/bookings/*:confirm"]);
});

test("what was typed outlasts loading again and going away", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  await hold(guest);
  await giveDetails(guest);
  await guest.reload();
  expect(await enteredIn(guest, en.book.lastName)).toBe(ada.lastName);
  await guest.goBack();
  await link(guest, en.book.continueHold).first().click();
  expect(await enteredIn(guest, en.book.email)).toBe(ada.email);
});

test("a refusal by the server stands at its field", async () => {
  const event = await api().event();
  const guest = await page(event.id, { meant: [/response: 400 .*users/] });
  await hold(guest);
  await giveDetails(guest, en, { ...ada, firstName: "A\u0001da" });
  await confirmButton(guest).click();
  await see(guest, en.book.notAccepted);
  await see(guest, en.problems.INVALID_REQUEST ?? "");
  expect(await guest.getByLabel(en.book.firstName).getAttribute("aria-invalid")).toBe("true");
  expect(await guest.getByLabel(en.book.email).getAttribute("aria-invalid")).toBe("false");
  await giveDetails(guest);
  await confirm(guest);
});

test("answers that are lost between the steps are asked for again", async () => {
  const event = await api().event();
  const guest = await page(event.id, { meant: [/request: .*ERR_FAILED/] });
  await hold(guest);
  await giveDetails(guest);
  const lost: string[] = [];
  await guest.route(/v1\/(users|bookings)/, async (route) => {
    const request = route.request();
    const isFirst = request.method() !== "GET" && !lost.includes(request.url());
    if (!isFirst) return route.continue();
    lost.push(request.url());
    await route.fetch(); // it is done, and nobody hears of it
    await route.abort();
  });
  await confirm(guest);
  expect(lost.length).toBe(2);
  await api().untilSeats(event.id, { held: 0, sold: 2 });
});

test("a browser that the server does not know holds seats all the same", async () => {
  const event = await api().event();
  const guest = await page(event.id, { meant: [/response: 404 .*(users|bookings)/] });
  const gone = "01900000-0000-7000-8000-000000000001";
  await guest.evaluate((id) => localStorage.setItem("myevents.account", JSON.stringify({ userId: id })), gone);
  await guest.reload();
  await hold(guest);
  expect((await userOf(guest)).id).not.toBe(gone);
});

test("details are put right in the settings, and the browser forgets them when told to", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  await hold(guest);
  await confirm(guest);
  await button(guest, en.app.menu).click();
  await button(guest, en.account.edit).click();
  await untilFocused(guest, "firstName");
  await guest.getByLabel(en.book.lastName).fill("King");
  await button(guest, en.account.save).click();
  await see(guest, en.account.saved);
  await button(guest, en.account.edit).waitFor();
  expect(await userOf(guest)).toMatchObject({ ...ada, lastName: "King" });
  await button(guest, en.app.forget).click();
  await guest.getByRole("dialog", { name: en.app.forgetTitle }).getByRole("button", { name: en.app.forget }).click();
  await see(guest, en.account.nobody);
});

test("details told in the settings stand in the form that waits for them", async () => {
  const event = await api().event();
  const guest = await page(event.id);
  await hold(guest);
  await button(guest, en.app.menu).click();
  await button(guest, en.account.add).click();
  await giveDetails(guest.getByRole("dialog"));
  await button(guest, en.account.save).click();
  await button(guest, en.account.edit).waitFor();
  await guest.keyboard.press("Escape");
  await guest.waitForFunction(
    (name) => document.querySelector<HTMLInputElement>("[name=email]")?.value === name,
    ada.email,
  );
  await confirm(guest);
});
