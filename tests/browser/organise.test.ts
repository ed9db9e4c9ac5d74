// An organiser's evening from the hall to the last booking, and what is refused on the way.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { Booking, Event, Location } from "@/api/client";
import { issueOf } from "@/lib/refused_field";
import { en } from "@/strings/en";
import { de as organiseDe } from "@/strings/organise_de";
import { en as organise } from "@/strings/organise_en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { button, heading, link, see } from "./support/flow";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const { board, event: words, form, location: place } = organise;
const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const at = (path: string) => system().url + path;

// Half past seven in the evening of the next year's first of June, at the venue and by UTC.
const YEAR = new Date().getFullYear() + 1;
const EVENING = `${YEAR}-06-01T19:30`;
const EVENING_UTC = `${YEAR}-06-01T17:30:00Z`;

const field = (page: Page, name: string) =>
  page.getByRole("textbox", { name: new RegExp(`^${name}( \\(${form.optional}\\))?$`) });
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const dialog = (page: Page) => page.getByRole("dialog");
const eventIdOf = (page: Page) =>
  until("the event's page is open", () => /\/organise\/events\/([0-9a-f-]{36})$/.exec(page.url())?.[1]);

async function makeLocation(page: Page, name: string): Promise<void> {
  await page.goto(at("/organise/locations/new"));
  await field(page, place.name).fill(name);
  await field(page, place.address).fill("Karl-Heine-Straße 1, Leipzig");
  await page.getByLabel(place.country).selectOption("DE");
  await page.getByLabel(place.timeZone).selectOption("Europe/Berlin");
  await field(page, place.hallName).fill("Saal");
  await page.getByLabel(place.hallCapacity).fill("40");
  await button(page, place.addHall).click();
  const second = page.getByRole("group", { name: place.hall(2), exact: true });
  await second.getByRole("textbox", { name: place.hallName, exact: true }).fill("Keller");
  await second.getByLabel(place.hallCapacity).fill("10");
  await button(page, place.create).click();
  await see(page, place.created(name));
}

async function makeDraft(page: Page, name: string, locationName: string): Promise<string> {
  await page.goto(at("/organise/events/new"));
  await field(page, words.name).fill(name);
  await page.getByLabel(words.location).selectOption({ label: locationName });
  await page.getByLabel(words.hall, { exact: true }).selectOption({ label: words.hallOption("Saal", 40) });
  await page.getByLabel(words.start, { exact: true }).fill(EVENING);
  await field(page, words.price).fill("12.50");
  await button(page, words.create).click();
  return eventIdOf(page);
}

async function publish(page: Page): Promise<void> {
  await button(page, board.publish).click();
  await button(page, board.publishYes).click();
  await see(page, board.published);
}

// A number of the board, under its name.
const shows = (page: Page, name: string, value: string | number) =>
  region(page, board.numbers)
    .locator("div", { has: page.getByText(name, { exact: true }) })
    .getByText(`${value}`, { exact: true })
    .first()
    .waitFor();

describe.each(["phone", "desktop"] as const)("on a %s", (width) => {
  test("a hall, a draft, a published event, its bookings, its end", async () => {
    const name = `Late show ${width}`;
    const venue = `Schaubühne ${width}`;
    const page = await visit({ url: at("/organise"), width });
    await makeLocation(page, venue);
    const eventId = await makeDraft(page, name, venue);
    expect(await api().listed(eventId)).toMatchObject({
      name,
      state: "EVENT_STATE_DRAFT",
      startTime: EVENING_UTC,
      capacity: 40,
      price: { currencyCode: "EUR", units: "12", nanos: 500_000_000 },
    });
    await region(page, board.draftTitle).waitFor();
    await publish(page);

    const guest = await visit({ url: at(`/?q=${encodeURIComponent(name)}`), width });
    await link(guest, name).waitFor();
    await api().book(eventId, 3);
    const second = await api().book(eventId, 2);
    await shows(page, board.sold, 5);
    await shows(page, board.free, 35);
    await shows(page, board.revenue, "€62.50");
    await region(page, organise.chart.title)
      .getByRole("img", { name: /^5 seats sold/ })
      .waitFor();
    const people = region(page, organise.attendees.title);
    await people
      .getByRole("row", { name: /Grace Hopper/ })
      .nth(1)
      .waitFor();

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      people.getByRole("button", { name: organise.attendees.csv }).click(),
    ]);
    const lines = readFileSync(await download.path(), "utf8")
      .trim()
      .split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("Hopper");

    await button(page, board.callOff).click();
    await see(page, board.callOffBookings(2, 5, true));
    const yes = dialog(page).getByRole("button", { name: board.callOffYes });
    expect(await yes.isDisabled()).toBe(true);
    await page.getByLabel(board.callOffType(board.callOffWord)).fill(board.callOffWord);
    await yes.click();
    await region(page, board.cancelledTitle).waitFor();
    await see(page, board.cancelledAll(2, true));
    expect((await api().booking(second.id)).state).toBe("BOOKING_STATE_CANCELLED");
    await see(guest, en.event.cancelled);
  });
});

async function published(more: Partial<Event> = {}): Promise<Event> {
  return api().event({ capacity: 40, ...more });
}

test("fewer seats than are taken are refused, with the numbers, and nothing is lost", async () => {
  const event = await published();
  await api().book(event.id, 12);
  const page = await visit({ url: at(`/organise/events/${event.id}/edit`), meant: [/400 .*\/v1\/events\//] });
  await see(page, words.capacityTaken(12, 0));
  await field(page, words.name).fill("Another name");
  await page.getByLabel(words.capacity).fill("11");
  await button(page, form.save).click();
  await see(page, words.capacityRefused(11, 12, 0));
  expect(await api().listed(event.id)).toMatchObject({ name: event.name, capacity: 40 });
  expect(await field(page, words.name).inputValue()).toBe("Another name");
  await page.getByLabel(words.capacity).fill("12");
  await button(page, form.save).click();
  await see(page, form.saved);
  expect(await api().listed(event.id)).toMatchObject({ name: "Another name", capacity: 12 });
});

test("a hall that an event uses cannot be made smaller than the event, and it is said why", async () => {
  const location = await api().location({ halls: [{ name: "Saal", description: "", capacity: 50 }] });
  const event = await published({ locationId: location.id, hall: "Saal", capacity: 30 });
  const page = await visit({ url: at(`/organise/locations/${location.id}`), meant: [/400 .*\/v1\/locations\//] });
  await page.getByLabel(place.hallCapacity).fill("20");
  await button(page, form.save).click();
  await see(page, place.hallTooSmall(event.name, "Saal", 30));
});

test("what is missing is named, and the first of it is where one goes on", async () => {
  const page = await visit({ url: at("/organise/events/new") });
  await button(page, words.create).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain(words.name);
  await alert.getByRole("link").or(alert.getByRole("button")).first().click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("event.name");
  expect(await page.getByLabel(words.name, { exact: true }).getAttribute("aria-invalid")).toBe("true");
});

test("two who edit one event do not undo each other", async () => {
  const event = await published();
  const page = await visit({ url: at(`/organise/events/${event.id}/edit`), meant: [/40[09] .*\/v1\/events\//] });
  await field(page, words.name).fill("Mine");
  await api().ask("PATCH", `/v1/events/${event.id}`, { description: "Theirs" });
  await button(page, form.save).click();
  await see(page, form.staleTitle);
  expect((await api().listed(event.id)).name).toBe(event.name);
  await button(page, form.take).click();
  await button(page, form.save).click();
  await see(page, form.saved);
  expect(await api().listed(event.id)).toMatchObject({ name: "Mine", description: "Theirs" });
});

test("who presses twice makes one draft, and who leaves is asked first", async () => {
  const page = await visit({ url: at("/organise/events/new") });
  const [location] = (await api().ask<{ locations: { name: string }[] }>("GET", "/v1/locations?pageSize=1")).locations;
  await field(page, words.name).fill("Twice pressed");
  await page.getByRole("navigation").getByRole("link", { name: en.app.events }).click();
  await dialog(page).getByRole("button", { name: form.stay }).click();
  await page.getByLabel(words.location).selectOption({ label: location?.name ?? "" });
  await page.getByLabel(words.start, { exact: true }).fill(EVENING);
  await button(page, words.create).dblclick();
  await eventIdOf(page);
  const { totalSize } = await api().ask<{ totalSize: number }>(
    "GET",
    "/v1/events?state=EVENT_STATE_DRAFT&query=Twice%20pressed",
  );
  expect(totalSize).toBe(1);
  await heading(page, "Twice pressed").waitFor();
});

test("what only the server finds wrong is said in the language of the page, where it is", async () => {
  const event = await published();
  const url = at(`/organise/events/${event.id}/edit`);
  const page = await visit({ url, language: "de", meant: [/400 .*\/v1\/events\//] });
  const name = page.getByLabel(organiseDe.event.name, { exact: true });
  await name.fill("Nacht\u0001musik");
  await button(page, organiseDe.form.save).click();
  await see(page, `${organiseDe.event.name}: ${organiseDe.issue("badCharacters")}`);
  expect(await name.getAttribute("aria-invalid")).toBe("true");
});

type Refusal = { details: { fieldViolations?: { field: string; description: string }[] }[] };

test("the pages know what the server says of fields that somebody fills in", async () => {
  const long = "x".repeat(5000);
  const { id } = await api().location();
  const hall = { name: "a\u0001", description: long, capacity: 0 };
  const time = "2020-01-01T00:00:00Z";
  const price = { currencyCode: "EUR", units: "-1" };
  const event = { name: "x", hall: "Großer Saal", locationId: id, startTime: "2027-01-01T00:00:00Z", timeZone: "UTC" };
  const endTime = "2027-01-01T02:00:00Z";
  const tries: [string, object][] = [
    [
      "locations",
      { name: "", address: long, country: "DE", timeZone: "UTC", openTime: "x", closeTime: "y", halls: [hall] },
    ],
    ["locations", { name: "x", country: "DE", timeZone: "UTC", halls: [1, 2].map(() => ({ ...hall, name: "Saal" })) }],
    [
      "events",
      { ...event, name: long, description: long, category: "X", locationId: "", hall: "", capacity: -1, price },
    ],
    ["events", { ...event, startTime: time, endTime: time, locationId: "x" }],
    ["events", { ...event, startTime: "2300-01-01T00:00:00Z", endTime: "2301-01-01T00:00:00Z" }],
    ["events", { ...event, endTime, hall: "Keller" }],
    ["events", { ...event, endTime, locationId: "01900000-0000-7000-8000-000000000001" }],
    ["events", { ...event, endTime, capacity: 10_001 }],
  ];
  const said: string[] = [];
  for (const [path, body] of tries) {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(at(`/v1/${path}`), { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status, JSON.stringify(body).slice(0, 99)).toBe(400);
    const { details } = (await answer.json()) as Refusal;
    said.push(...details.flatMap((one) => one.fieldViolations ?? []).map(({ description }) => description));
  }
  expect(said.length).toBeGreaterThanOrEqual(20);
  expect(said.filter((words) => !issueOf(words))).toEqual([]);
});

test("all locations can be chosen, also those of later pages", async () => {
  const location = await api().location({ name: "Zuletzt" });
  const page = await visit({ url: "about:blank" });
  await page.route(/\/v1\/locations\?/, async (route) => {
    const isFirst = !new URL(route.request().url()).searchParams.has("pageToken");
    const other = { ...location, id: "01900000-0000-7000-8000-000000000001", name: "Zuerst" };
    await route.fulfill({ json: { locations: [isFirst ? other : location], nextPageToken: isFirst ? "2" : "" } });
  });
  await page.goto(at("/organise/events/new"));
  await page.getByLabel(words.location).selectOption({ label: "Zuletzt" });
  await page.goto(at("/"));
  await page.getByLabel(en.events.place).selectOption({ label: "Zuletzt" });
});

const idOf = (n: number) => `01900000-0000-7000-8000-${n.toString().padStart(12, "0")}`;

test("more locations and bookings than a page can show are not passed over in silence", async () => {
  const event = await published();
  const location: Location = await api().location();
  const user = await api().user();
  const booking = await api().book(event.id, 1, user.id);
  const page = await visit({ url: "about:blank" });
  let n = 999_999;
  const endless = <T>(name: string, one: T) => ({
    [name]: Array.from({ length: 1000 }, () => ({ ...one, id: idOf(n--) })),
    nextPageToken: "more",
  });
  await page.route(/\/v1\/locations\?/, (route) => route.fulfill({ json: endless("locations", location) }));
  await page.route(/\/events\/.*\/bookings\?/, (route) =>
    route.fulfill({ json: endless<Booking>("bookings", booking) }),
  );
  await page.goto(at("/organise/events/new"));
  const last = page.getByLabel(words.location).locator("option:disabled");
  expect(await last.textContent()).toBe(en.events.placesLimited(10_000));
  await page.goto(at(`/organise/events/${event.id}`));
  await see(page, organise.attendees.limited(10_000));
  await see(page, organise.chart.limited(10_000, 0));
});
