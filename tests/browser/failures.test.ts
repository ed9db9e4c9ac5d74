// What people see when parts of the system die under their hands, and that nothing is lost or done twice by it.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { button, chooseSeats, confirm, heading, hold, see } from "./support/flow";
import { closeGate } from "./support/gate";
import { type Service, useSystem } from "./support/system";
import { until } from "./support/until";

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const at = (path: string) => system().url + path;

// While something is away, requests fail; that is what these tests are about.
const meant = [/^response: 50[0-4] /, /^request: .* net::ERR_/, /^console: .*ERR_/];

const isLive = (page: Page) => page.getByText(en.live.live, { exact: true }).first().waitFor();

// The same process under a new pid, ready again.
async function killAndWait(name: Service): Promise<void> {
  const before = system().pidOf(name);
  system().kill(name);
  await until(`${name} has been started again`, () => system().pidOf(name) !== before);
}

// The seats of the page, as its reader sees them.
const untilFree = (page: Page, seats: number) =>
  page.getByRole("region", { name: en.event.availability }).getByText(`${seats}`, { exact: true }).waitFor();

describe("while a booking is under way", () => {
  test.each(["booking-service", "event-service", "gateway", "redis"] as const)(
    "%s dies and comes back: the hold goes on and becomes one booking",
    async (name) => {
      const event = await api().event({ capacity: 10 });
      const page = await visit({ url: at(`/events/${event.id}`), meant });
      const bookingId = await hold(page, 2);
      await killAndWait(name);
      await page.locator("[role=timer]").waitFor();
      await confirm(page);
      await until("the answer is known", async () => (await api().booking(bookingId)).state.endsWith("CONFIRMED"));
      expect(await api().bookingsOf(event.id)).toMatchObject([{ id: bookingId, seats: 2 }]);
      expect(await api().seats(event.id)).toMatchObject({ held: 0, sold: 2 });
    },
  );
});

test("a service that hangs while seats are asked for gives them once", async () => {
  const event = await api().event({ capacity: 10 });
  const page = await visit({ url: at(`/events/${event.id}`), meant });
  await isLive(page);
  await chooseSeats(page, 2);
  system().freeze("booking-service");
  try {
    await button(page, en.book.hold(2)).click();
    await see(page, en.book.holding);
    await page.getByRole("button", { name: en.book.holding }).click({ force: true });
  } finally {
    system().thaw("booking-service");
  }
  await heading(page, en.hold.title).waitFor();
  expect(await api().bookingsOf(event.id)).toMatchObject([{ seats: 2, state: "BOOKING_STATE_HELD" }]);
});

test("a service that dies while seats are asked for gives them once, though the request was sent again", async () => {
  const event = await api().event({ capacity: 10 });
  const page = await visit({ url: at(`/events/${event.id}`), meant });
  await chooseSeats(page, 2);
  system().freeze("booking-service");
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await button(page, en.book.hold(2)).click();
  await asked;
  await killAndWait("booking-service");
  // By itself, or after one more press: both are the same attempt.
  const problem = page.getByRole("alert");
  await Promise.race([heading(page, en.hold.title).waitFor(), problem.waitFor()]);
  if (await problem.isVisible()) await button(page, en.book.hold(2)).click();
  await heading(page, en.hold.title).waitFor();
  expect(await api().bookingsOf(event.id)).toMatchObject([{ seats: 2, state: "BOOKING_STATE_HELD" }]);
});

test("when the answer is lost on its way the same seats are shown, not others", async () => {
  const event = await api().event({ capacity: 10 });
  const page = await visit({ url: at(`/events/${event.id}`), meant });
  let lost = 0;
  await page.route(/\/bookings$/, async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.continue();
    lost++;
    await route.fetch(); // the seats are held by now
    await route.abort("connectionreset");
  });
  await hold(page, 2);
  expect(lost).toBe(1);
  expect(await api().bookingsOf(event.id)).toMatchObject([{ seats: 2, state: "BOOKING_STATE_HELD" }]);
});

test.each(["event-service", "gateway"] as const)(
  "while %s is away what is shown is marked as old, and afterwards it is as new",
  async (name) => {
    const event = await api().event({ capacity: 10 });
    const page = await visit({ url: at(`/events/${event.id}`), meant });
    await isLive(page);
    await untilFree(page, 10);
    const before = system().pidOf(name);
    const open = await closeGate(page.context(), (request) => request.url().endsWith("/v1/events:watch"));
    system().kill(name);
    await see(page, en.live.stale);
    open(); // it may be back sooner than anybody looks
    await until(`${name} has been started again`, () => system().pidOf(name) !== before);
    await until("others can book again", () =>
      api()
        .book(event.id, 3)
        .catch(() => null),
    );
    await untilFree(page, 7);
    await isLive(page);
    await page.getByText(en.live.stale).waitFor({ state: "detached" });
  },
);

test("without the bus seats are still sold, and are shown when it is back", async () => {
  const event = await api().event({ capacity: 10 });
  const watcher = await visit({ url: at(`/events/${event.id}`), meant });
  await untilFree(watcher, 10);
  system().freeze("redis");
  try {
    const page = await visit({ url: at(`/events/${event.id}`), meant });
    await hold(page, 4);
    await confirm(page);
    expect(await api().seats(event.id)).toMatchObject({ held: 0, sold: 4 });
  } finally {
    system().thaw("redis");
  }
  await untilFree(watcher, 6);
});

test("a part of the pages that could not be fetched is fetched again", async () => {
  const page = await visit({ url: "about:blank", meant: [...meant, /dynamically imported module/] });
  let failures = 0;
  await page.route(/bookings-.*\.js/, (route) => (++failures > 2 ? route.continue() : route.abort("connectionreset")));
  await page.goto(at("/"));
  await page.getByRole("navigation").getByRole("link", { name: en.app.bookings }).click();
  await heading(page, en.bookings.title).waitFor();
  expect(failures).toBeGreaterThan(2);
});

// All parts of the pages are here, so that nothing need be fetched any more.
const isWhole = (page: Page) =>
  until("the rest of the pages has been fetched", () =>
    page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => /missing-.*\.js$/.test(name))),
  );

test("who is offline is told so, and catches up with what was missed", async () => {
  const event = await api().event({ capacity: 10 });
  const page = await visit({ url: at(`/events/${event.id}`), meant });
  await isWhole(page);
  await isLive(page);
  await untilFree(page, 10);
  await page.context().setOffline(true);
  await see(page, en.live.offline);
  await chooseSeats(page, 1);
  await button(page, en.book.hold(1)).click();
  await see(page, en.problems.UNREACHABLE as string);
  await api().book(event.id, 5);
  await page.context().setOffline(false);
  await untilFree(page, 5);
  await isLive(page);
  await hold(page, 1);
  expect(await api().bookingsOf(event.id)).toHaveLength(2);
});
