// People look for events, hold seats, confirm, keep tickets and give them back.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { bookingIdOf, button, confirm, confirmButton, giveDetails, heading, hold, link, see } from "./support/flow";
import { closeGate, isChange } from "./support/gate";
import { untilStill } from "./support/still";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const at = (path: string) => system().url + path;

const categories = (page: Page) => page.getByRole("group", { name: en.events.category });
const card = (page: Page, name: string) => page.getByRole("article").filter({ hasText: name });
const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const untilAsked = (page: Page, wanted: Record<string, string>) => expect.poll(() => parameters(page)).toEqual(wanted);

describe.each(["phone", "desktop"] as const)("on a %s", (width) => {
  test("what is typed is looked for at once, and the address can be shared", async () => {
    const word = `quokka${width}`;
    await api().event({ name: `The ${word} quartet` });
    await api().event({ name: `Late ${word} show` });
    const page = await visit({ url: at("/"), width });
    await see(page, /^\d\d+ events$/);
    await page.getByRole("searchbox").pressSequentially(word);
    await see(page, en.events.count(2));
    await untilAsked(page, { q: word }); // who types slowly has found both before the end of the word
    await page.reload();
    await see(page, en.events.count(2));
    await link(page, `The ${word} quartet`).click();
    await heading(page, `The ${word} quartet`).waitFor();
  });

  test("filters stand in the address, and the way back leads to what was found", async () => {
    const word = `wombat${width}`;
    const jazz = await api().event({ name: `${word} one`, category: "jazz" });
    const opera = await api().event({ name: `${word} two`, category: "opera" });
    const full = await api().event({ name: `${word} three`, category: "jazz", capacity: 2 });
    await api().book(full.id, 2);
    await until("the seats are listed", async () => (await api().listed(full.id)).seatsAvailable === 0);
    const page = await visit({ url: at(`/?q=${word}`), width });
    await see(page, en.events.count(3));
    if (width === "phone") await button(page, en.events.filters).click();

    await page.getByLabel(en.events.withSeats).check();
    await see(page, en.events.count(2));
    await page.getByLabel(en.events.sort).selectOption("start_time desc");
    await categories(page).getByText("Jazz", { exact: true }).click();
    await see(page, en.events.count(1));
    await untilAsked(page, { q: word, category: "jazz", seats: "free", sort: "start_time desc" });
    await link(page, jazz.name).click();
    await heading(page, jazz.name).waitFor();
    await page.goBack();
    await see(page, en.events.count(1));
    expect(await page.getByRole("searchbox").inputValue()).toBe(word);
    expect(await page.getByLabel(en.events.withSeats).isChecked()).toBe(true);

    const other = await visit({ url: page.url(), width });
    await link(other, jazz.name).waitFor();
    expect(await link(other, opera.name).count()).toBe(0);
    await button(page, en.events.clear).click();
    await see(page, /^\d\d+ events$/);
    await untilAsked(page, {});
    expect(await page.getByRole("searchbox").inputValue()).toBe("");
  });

  test("seats are those of this moment while others book and cancel", async () => {
    const event = await api().event({ name: `Tide ${width}`, capacity: 60 });
    const list = await visit({ url: at(`/?q=tide+${width}`), width });
    const page = await visit({ url: at(`/events/${event.id}`), width });
    const everywhere = async (words: string) => {
      await card(list, event.name).getByText(words, { exact: true }).waitFor();
      await page.getByText(words, { exact: true }).first().waitFor();
    };
    await everywhere(en.event.seatsFree(60));
    await api().book(event.id, 20);
    await everywhere(en.event.seatsFree(40));
    await api().book(event.id, 20);
    await everywhere(en.event.fewLeft(20));
    const last = await api().book(event.id, 20);
    await everywhere(en.event.soldOut);
    await see(page, en.book.closed.sold_out);
    await button(page, en.book.hold(2)).waitFor({ state: "detached" });
    await api().cancel(last.id);
    await everywhere(en.event.fewLeft(20));
    await button(page, en.book.hold(2)).waitFor();
  });

  test("seats are held, confirmed, and become a ticket", async () => {
    const event = await api().event();
    const page = await visit({ url: at(`/events/${event.id}`), width });
    await hold(page, 3);
    await api().untilSeats(event.id, { held: 3, sold: 0 });
    await confirm(page);
    await api().untilSeats(event.id, { held: 0, sold: 3 });
    expect(await api().bookingsOf(event.id)).toMatchObject([
      { id: bookingIdOf(page), seats: 3, state: "BOOKING_STATE_CONFIRMED" },
    ]);
  });
});

test("the categories to choose from are those that something is on of", async () => {
  await api().draft({ category: "harp-duel" });
  const event = await api().event({ category: "zither-slam" });
  const page = await visit({ url: at("/") });
  await categories(page).getByText("Zither slam").click();
  await link(page, event.name).waitFor();
  await see(page, en.events.count(1));
  await untilAsked(page, { category: "zither-slam" });
  expect(await categories(page).getByText("Harp duel").count()).toBe(0);
  await api().cancelEvent(event);
  await button(page, en.events.clear).click();
  await categories(page).getByText("Zither slam").waitFor({ state: "detached" });
});

test("without the categories the events are there all the same", async () => {
  const page = await visit({ url: "about:blank", meant: [/v1\/categories/] });
  await page.route(/v1\/categories/, (route) => route.fulfill({ status: 404, body: "{}" }));
  await page.goto(at("/?category=jazz"));
  await categories(page).getByText(en.events.allCategories).click();
  await see(page, /^\d\d+ events$/);
  await categories(page).waitFor({ state: "detached" });
});

test("a hold is gone on with from anywhere, and is not made anew", async () => {
  const event = await api().event();
  const page = await visit({ url: at(`/events/${event.id}`) });
  const id = await hold(page);
  for (const path of ["/", "/organise", "/no/such/page", `/events/${event.id}`]) {
    await page.goto(at(path));
    await link(page, en.book.continueHold).first().click();
    await heading(page, en.hold.title).waitFor();
    expect(bookingIdOf(page)).toBe(id);
  }
  await page.goto(at("/bookings"));
  await link(page, event.name).click();
  await confirm(page);
  expect(await api().bookingsOf(event.id)).toMatchObject([{ id, state: "BOOKING_STATE_CONFIRMED" }]);
});

test("confirming in two tabs, going back and loading again books once", async () => {
  const event = await api().event();
  const page = await visit({ url: at(`/events/${event.id}`) });
  const id = await hold(page);
  await giveDetails(page);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await giveDetails(other);
  const open = await closeGate(page.context(), isChange);
  await Promise.all([page, other].map((tab) => confirmButton(tab).dblclick()));
  open();
  await Promise.all([page, other].map((tab) => heading(tab, en.ticket.confirmed).waitFor()));
  await page.goBack();
  await see(page, en.book.alreadyBooked(2));
  await page.goForward();
  await page.reload();
  await heading(page, en.ticket.confirmed).waitFor();
  expect(await api().bookingsOf(event.id)).toMatchObject([{ id, seats: 2, state: "BOOKING_STATE_CONFIRMED" }]);
  await api().untilSeats(event.id, { held: 0, sold: 2 });
});

const names = async (page: Page) => (await page.getByRole("article").getByRole("link").allTextContents()).join();

test("more is shown when it is asked for, in the order that was chosen", async () => {
  const all = Array.from({ length: 26 }, (_, i) => `Yak ${String.fromCharCode(97 + i)}`);
  const day = (n: number) => new Date(Date.now() + (30 + n) * 86_400_000).toISOString();
  const start = (name: string) => ({ startTime: day(all.indexOf(name)), endTime: day(all.indexOf(name) + 1) });
  // Neither by name nor by time.
  for (const i of all.keys()) {
    const name = all[(i * 7) % all.length] ?? "";
    await api().event({ name, ...start(name) });
  }
  const page = await visit({ url: at("/?q=yak&sort=name") });
  await see(page, en.events.shown(24, 26));
  expect(await names(page)).toBe(all.slice(0, 24).join());
  await button(page, en.events.more).click();
  await button(page, en.events.more).waitFor({ state: "detached" });
  expect(await names(page)).toBe(all.join());
  await page.getByLabel(en.events.sort).selectOption("start_time desc");
  await until("the last is first", async () => (await names(page)) === all.slice(2).reverse().join());
});

test("events are found by where and when they are", async () => {
  const [home, far] = [
    await api().location({ name: "Emu hall" }),
    await api().location({ name: "Emu arena", country: "IS", timeZone: "Atlantic/Reykjavik" }),
  ];
  const on = (day: string) => ({ startTime: `${day}T19:00:00Z`, endTime: `${day}T21:00:00Z` });
  const june = await api().event({ name: "Emu June", locationId: home.id, ...on("2027-06-10") });
  const july = await api().event({ name: "Emu July", locationId: home.id, ...on("2027-07-10") });
  const ice = await api().event({ name: "Emu Ice", locationId: far.id, timeZone: far.timeZone, ...on("2027-06-11") });
  const page = await visit({ url: at("/?q=emu") });
  const shows = (...events: { name: string }[]) =>
    until(
      `${events.map(({ name }) => name)} are shown`,
      async () => (await names(page)) === events.map(({ name }) => name).join(),
    );
  await shows(june, ice, july);
  await page.getByLabel(en.events.place).selectOption({ label: "Emu hall" });
  await shows(june, july);
  await page.getByLabel(en.events.place).selectOption({ label: en.events.allOf("Iceland") });
  await shows(ice);
  await page.getByLabel(en.events.place).selectOption({ label: en.events.anyPlace });
  await page.getByLabel(en.events.when).selectOption("range");
  await page.getByLabel(en.events.from).fill("2027-06-11");
  await shows(ice, july);
  await page.getByLabel(en.events.to).fill("2027-06-11");
  await shows(ice);
});

test("a time is that of the venue, with that of the reader beside it", async () => {
  const time = { startTime: "2027-06-10T23:30:00Z", endTime: "2027-06-11T01:30:00Z", timeZone: "America/New_York" };
  const event = await api().event({ name: "Gnu matinée", ...time });
  const festival = await api().event({ ...time, endTime: "2027-06-14T01:30:00Z" });
  const page = await visit({ url: at("/?q=gnu") });
  await card(page, event.name)
    .getByText(`19:30 · ${en.event.venueTime("New York")}`)
    .waitFor();
  await link(page, event.name).click();
  await see(page, /Thursday,? 10 June 2027, 19:30/);
  await see(page, /New York time · Fri,? 11 Jun,? (at )?0?1:30 your time/);
  await page.goto(at(`/events/${festival.id}`));
  await see(page, /until Sun,? 13 Jun,? (at )?21:30/);
});

// Text that does not fit where it stands, and does not end in dots either.
const cutOff = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main :is(h1, h2, h3, p, dd, span, a, td, th)")]
      .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1)
      .filter((one) => getComputedStyle(one).textOverflow !== "ellipsis" && !one.closest(".sr-only"))
      .map((one) => one.outerHTML.slice(0, 120)),
  );

test("a word that is longer than the screen is wide is broken, not cut off", async () => {
  const long = "Donaudampfschifffahrtsgesellschaftskapitänsgala";
  const place = await api().location({ name: long, halls: [{ name: long, capacity: 50 }] });
  const [startTime, endTime] = [1, 2].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const times = { startTime: startTime ?? "", endTime: endTime ?? "" }; // soon, so that it is first in lists
  const event = await api().event({ name: long, locationId: place.id, hall: long, capacity: 50, ...times });
  const page = await visit({ url: at(`/?q=${long}`), width: "narrow" });
  const isWhole = async () => {
    await untilStill(page);
    expect(await cutOff(page), page.url()).toEqual([]);
  };
  await link(page, long).waitFor();
  await isWhole();
  await link(page, long).click();
  await heading(page, long).waitFor();
  await isWhole();
  await hold(page);
  await isWhole();
  await confirm(page);
  await isWhole();
  for (const path of ["/bookings", "/organise", "/organise/locations", `/organise/events/${event.id}`]) {
    await page.goto(at(path));
    await see(page, long);
    await isWhole();
  }
});

const stamp = (time: string | undefined) => new Date(time ?? "").toISOString().replace(/[-:]|\.\d+/g, "");

test("a ticket has a code, goes into a calendar and on paper, and is given back", async () => {
  const event = await api().event({ name: "Quartet; in five, no: six movements — ".repeat(3).trim() });
  const page = await visit({ url: at(`/events/${event.id}`) });
  await hold(page);
  await confirm(page);
  const id = bookingIdOf(page);
  const code = page.getByRole("img", { name: en.ticket.qr(id) }).locator("path");
  expect(((await code.getAttribute("d")) ?? "").split("M").length).toBeGreaterThan(200);

  const [download] = await Promise.all([page.waitForEvent("download"), button(page, en.ticket.calendar).click()]);
  expect(download.suggestedFilename()).toBe("ticket.ics");
  const text = readFileSync(await download.path(), "utf8");
  for (const line of text.split("\r\n")) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
  const lines = text.replaceAll("\r\n ", "").trimEnd().split("\r\n");
  const entry = Object.fromEntries(lines.map((line) => line.split(/:(.*)/).slice(0, 2)));
  expect(entry).toMatchObject({
    UID: `${id}@myevents`,
    DTSTART: stamp(event.startTime),
    DTEND: stamp(event.endTime),
    SUMMARY: event.name.replace(/([;,])/g, "\\$1"),
    LOCATION: "Halle der Proben\\, Großer Saal\\, Probenweg 1\\, Leipzig",
  });

  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("banner").isVisible()).toBe(false);
  expect(await button(page, en.ticket.cancel).isVisible()).toBe(false);
  expect(await code.isVisible()).toBe(true);
  await page.emulateMedia({ media: "screen" });

  await button(page, en.ticket.cancel).click();
  await page.getByRole("dialog").getByRole("button", { name: en.ticket.keep }).click();
  await api().untilSeats(event.id, { held: 0, sold: 2 });
  await button(page, en.ticket.cancel).click();
  await page.getByRole("dialog").getByRole("button", { name: en.ticket.cancel }).click();
  await heading(page, en.ticket.cancelledTitle).waitFor();
  await api().untilSeats(event.id, { held: 0, sold: 0 });
});
