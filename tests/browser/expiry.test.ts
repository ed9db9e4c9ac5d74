// Holds that end after seconds here, after minutes elsewhere.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { violations } from "./support/axe";
import { useBrowser, visit } from "./support/browser";
import { bookingIdOf, button, heading, hold, link, see } from "./support/flow";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const HOLD_S = 12;
const ENDED_MS = 3 * HOLD_S * 1000; // by then it has, also on a busy machine
const TICK_MS = 1000;
const system = useSystem({ hold: `${HOLD_S}s` });
useBrowser();
const api = () => new Api(system().url);
const at = (eventId: string) => `${system().url}/events/${eventId}`;

const timer = (page: Page) => page.locator("main").getByRole("timer", { includeHidden: true });

async function secondsLeft(page: Page): Promise<number> {
  const text = await timer(page).textContent({ timeout: TICK_MS });
  const [minutes = 0, seconds = 0] = (text ?? "").split(":").map(Number);
  return minutes * 60 + seconds;
}

test("the time that is left counts down to the end, which is explained, and the seats are free again", async () => {
  const event = await api().event();
  const page = await visit({ url: at(event.id), width: "phone" });
  const id = await hold(page);
  const seen = new Set<number>();
  const isUp = async () => {
    if (await heading(page, en.hold.expiredTitle).isVisible()) return true;
    // It may go away between being seen and being read.
    seen.add(await secondsLeft(page).catch(() => 0));
    return false;
  };
  await until("the time is up", isUp, ENDED_MS);
  expect(Math.max(...seen)).toBeLessThanOrEqual(HOLD_S);
  expect(seen.size).toBeGreaterThanOrEqual(HOLD_S / 2);
  await see(page, en.hold.expiredText);
  expect(await violations(page)).toEqual([]);
  await api().untilSeats(event.id, { held: 0, sold: 0 });
  expect((await api().booking(id)).state).toBe("BOOKING_STATE_EXPIRED");

  await link(page, en.hold.startAgain).click();
  await hold(page);
  expect(bookingIdOf(page)).not.toBe(id);
  await api().untilSeats(event.id, { held: 2, sold: 0 });
});

test("a browser whose clock is two hours wrong counts by the clock of the server", async () => {
  const event = await api().event();
  const page = await visit({ url: "about:blank" });
  await page.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() + 2 * 3_600_000;
  });
  await page.goto(at(event.id));
  const id = await hold(page);
  const { holdExpireTime = "" } = await api().booking(id);
  const secondsAt = (now: number) => (Date.parse(holdExpireTime) - now) / 1000;
  const most = secondsAt(Date.now());
  const shown = await secondsLeft(page);
  const least = secondsAt(Date.now());
  // A second for the rounding, one for the server's Date, which has whole seconds, and a quarter between two ticks.
  expect(shown).toBeGreaterThan(least - 2);
  expect(shown).toBeLessThan(most + 1.5);
  await button(page, en.hold.release).click();
  await page.getByRole("dialog").getByRole("button", { name: en.hold.release }).click();
  await see(page, en.hold.released);
  await api().untilSeats(event.id, { held: 0, sold: 0 });
});

test("who needs more time gets it once", async () => {
  const event = await api().event();
  const page = await visit({ url: at(event.id) });
  const id = await hold(page);
  const before = await api().booking(id);
  await until("some time has gone by", async () => (await secondsLeft(page)) < HOLD_S - 4, ENDED_MS);
  await button(page, en.hold.extend).click();
  await see(page, en.hold.extended);
  const after = await api().booking(id);
  expect(after.extended).toBe(true);
  expect(Date.parse(after.holdExpireTime ?? "")).toBeGreaterThan(Date.parse(before.holdExpireTime ?? ""));
  expect(await secondsLeft(page)).toBeGreaterThanOrEqual(HOLD_S - 4);
  expect(await button(page, en.hold.extend).count()).toBe(0);
  await page.reload();
  await heading(page, en.hold.title).waitFor();
  expect(await button(page, en.hold.extend).count()).toBe(0);
  await heading(page, en.hold.expiredTitle).waitFor({ timeout: ENDED_MS });
  await api().untilSeats(event.id, { held: 0, sold: 0 });
});

test("a hold goes along on every page until it ends", async () => {
  const event = await api().event();
  const page = await visit({ url: at(event.id), width: "phone" });
  await hold(page);
  for (const name of [en.app.events, en.app.organise, en.app.bookings]) {
    await page.getByRole("navigation").getByRole("link", { name }).click();
    await see(page, en.hold.banner(2, event.name));
  }
  const banner = page.getByText(en.hold.banner(2, event.name));
  await banner.waitFor({ state: "detached", timeout: ENDED_MS });
  await see(page, en.bookings.states.BOOKING_STATE_EXPIRED);
});
