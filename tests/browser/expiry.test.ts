// Holds that end after seconds here, after minutes elsewhere.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Booking } from "@/api/client";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { violations } from "./support/axe";
import { useBrowser, visit } from "./support/browser";
import { ada, button, giveDetails, heading, hold, link, see } from "./support/flow";
import { type System, useSystem } from "./support/system";
import { until } from "./support/until";

const HOLD_S = 12;
const ENDED_MS = 3 * HOLD_S * 1000; // by then it has, also on a busy machine
const TICK_MS = 1000;
const SLOW_MS = 2500;
// In a hurry is only who waits for the end.
const hasty = useSystem({ hold: `${HOLD_S}s` });
const patient = useSystem();
useBrowser();
const api = (system: System) => new Api(system.url);

const untilEnded = (page: Page) => heading(page, en.hold.expiredTitle).waitFor({ timeout: ENDED_MS });
const timer = (page: Page) => page.locator("main").getByRole("timer", { includeHidden: true });

async function secondsLeft(page: Page, options?: { timeout: number }): Promise<number> {
  const text = await timer(page).textContent(options);
  const [minutes = 0, seconds = 0] = (text ?? "").split(":").map(Number);
  return minutes * 60 + seconds;
}

// A second for the rounding, one for the server's Date, which has whole seconds, and half of one between two ticks.
const untilRightIsShown = (page: Page, { holdExpireTime = "" }: Booking) => {
  const left = () => (Date.parse(holdExpireTime) - Date.now()) / 1000;
  return until("what is left by the clock of the server is shown", async () => {
    const most = left() + 1.5;
    const shown = await secondsLeft(page);
    return shown < most && shown > left() - 2;
  });
};

test("the time that is left counts down to the end, which is explained, and the seats are free again", async () => {
  const event = await api(hasty()).event();
  const page = await visit({ url: `${hasty().url}/events/${event.id}`, width: "phone" });
  const id = await hold(page);
  const seen = new Set<number>();
  const isUp = async () => {
    if (await heading(page, en.hold.expiredTitle).isVisible()) return true;
    // It may go away between being seen and being read.
    const seconds = await secondsLeft(page, { timeout: TICK_MS }).catch(() => undefined);
    if (seconds !== undefined) seen.add(seconds);
    return false;
  };
  await until("the time is up", isUp, ENDED_MS);
  expect(Math.max(...seen)).toBeLessThanOrEqual(HOLD_S);
  expect(seen.size).toBeGreaterThanOrEqual(3); // a busy machine may show the page late
  await see(page, en.hold.expiredText);
  expect(await violations(page)).toEqual([]);
  await api(hasty()).untilSeats(event.id, { held: 0, sold: 0 });
  expect((await api(hasty()).booking(id)).state).toBe("BOOKING_STATE_EXPIRED");

  await link(page, en.hold.startAgain).click();
  const next = await hold(page);
  expect(await api(hasty()).bookingsOf(event.id)).toMatchObject([{ id: next, seats: 2 }, { id }]);
});

test("a browser whose clock is two hours wrong counts by the clock of the server", async () => {
  const event = await api(patient()).event();
  const page = await visit({ url: "about:blank" });
  await page.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() + 2 * 3_600_000;
  });
  await page.goto(`${patient().url}/events/${event.id}`);
  const id = await hold(page);
  await untilRightIsShown(page, await api(patient()).booking(id));
  await button(page, en.hold.release).click();
  await page.getByRole("dialog").getByRole("button", { name: en.hold.release }).click();
  await see(page, en.hold.released);
  await api(patient()).untilSeats(event.id, { held: 0, sold: 0 });
});

test("who needs more time gets it once", async () => {
  const event = await api(patient()).event();
  const page = await visit({ url: `${patient().url}/events/${event.id}` });
  const id = await hold(page);
  const before = await api(patient()).booking(id);
  const first = await secondsLeft(page);
  await until("some time has gone by", async () => (await secondsLeft(page)) < first - 4);
  await button(page, en.hold.extend).click();
  await see(page, en.hold.extended);
  const after = await api(patient()).booking(id);
  expect(after.extended).toBe(true);
  expect(Date.parse(after.holdExpireTime ?? "")).toBeGreaterThan(Date.parse(before.holdExpireTime ?? ""));
  await untilRightIsShown(page, after);
  await button(page, en.hold.extend).waitFor({ state: "detached" });
  await page.reload();
  await heading(page, en.hold.title).waitFor();
  expect(await button(page, en.hold.extend).count()).toBe(0);
});

test("a hold that was extended ends as well", async () => {
  const event = await api(hasty()).event();
  const page = await visit({ url: `${hasty().url}/events/${event.id}` });
  const id = await hold(page);
  await button(page, en.hold.extend).click();
  await untilEnded(page);
  expect(await api(hasty()).booking(id)).toMatchObject({ extended: true, state: "BOOKING_STATE_EXPIRED" });
  await api(hasty()).untilSeats(event.id, { held: 0, sold: 0 });
});

test("the end of a hold is told, too, when answers take longer than the questions are apart", async () => {
  const event = await api(hasty()).event();
  const page = await visit({ url: `${hasty().url}/events/${event.id}` });
  await hold(page);
  await page.route(/\/v1\/bookings\//, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    await route.continue().catch(() => {}); // nobody waits for it any more
  });
  await untilEnded(page);
});

test("a hold goes along on every page", async () => {
  const event = await api(patient()).event();
  const page = await visit({ url: `${patient().url}/events/${event.id}`, width: "phone" });
  await hold(page);
  for (const name of [en.app.events, en.app.organise, en.app.bookings]) {
    await page.getByRole("navigation").getByRole("link", { name }).click();
    await see(page, en.hold.banner(2, event.name));
  }
});

test("a hold that ends while somebody is elsewhere no longer goes along, and is listed as what it is", async () => {
  const event = await api(hasty()).event();
  const page = await visit({ url: `${hasty().url}/events/${event.id}`, width: "phone" });
  await hold(page);
  await page.getByRole("navigation").getByRole("link", { name: en.app.bookings }).click();
  const banner = page.getByText(en.hold.banner(2, event.name));
  await banner.waitFor();
  await banner.waitFor({ state: "detached", timeout: ENDED_MS });
  await see(page, en.bookings.states.BOOKING_STATE_EXPIRED);
});

test("a hold that ends while somebody types says so, and keeps what was typed", async () => {
  const event = await api(hasty()).event();
  const page = await visit({ url: `${hasty().url}/events/${event.id}` });
  const id = await hold(page);
  await giveDetails(page);
  await untilEnded(page);
  await see(page, en.hold.detailsKept);
  await link(page, en.hold.startAgain).click();
  expect(await hold(page)).not.toBe(id);
  expect(await page.getByLabel(en.book.lastName).inputValue()).toBe(ada.lastName);
});
