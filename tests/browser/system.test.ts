// The page that shows the system at work: what it says is so, while people book and while parts are away.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "@/strings/system_en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { see } from "./support/flow";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const system = useSystem();
useBrowser();
const at = (path: string) => system().url + path;
const meant = [/^response: 50[0-4] /, /^request: .* net::ERR_/];

// A part of the map, as its reader hears it.
const part = (page: Page, name: string, state: string) =>
  page.getByRole("link", { name: new RegExp(`^${name} ?${state}`) }).waitFor();
const cell = (page: Page, region: string, row: RegExp, column: number) =>
  page.getByRole("region", { name: region }).getByRole("row", { name: row }).getByRole("cell").nth(column);
const running = async (page: Page) => see(page, en.overall.well);

test("what people do is counted, and the seats add up", async () => {
  const page = await visit({ url: at("/system") });
  await running(page);
  const api = new Api(system().url);
  const event = await api.event({ capacity: 20 });
  const user = await api.user();
  for (let i = 0; i < 5; i++) await api.book(event.id, 1, user.id);
  const since = cell(page, en.methods.table(en.nodes.booking), /^CreateBooking/, 6);
  await until("five bookings are shown", async () => (await since.textContent()) === "5");
  const told = async (column: number) =>
    (await cell(page, en.methods.table(en.nodes.booking), /^CreateBooking/, column).textContent()) ?? "";
  for (const [what, column, words] of [
    ["how often", 0, /^[0-9.]*[1-9]/],
    ["how long half of them took", 3, /^[0-9.]+ (ms|s)$/],
    ["how long nearly all of them took", 4, /^[0-9.]+ (ms|s)$/],
  ] as const)
    await until(`it is told ${what}`, async () => words.test(await told(column)));
  const { processes } = await api.ask<{ processes: { version: string }[] }>("GET", "/v1/system/processes");
  expect(processes.length).toBe(3);
  for (const { version } of processes) await see(page, version);
  await see(page, en.seats.well);
  await see(page, en.seats.errors(0));
  await until("all has arrived", async () => (await page.getByText(en.bus.caughtUp).count()) === 2);
});

test("dots move where something happens, but not for who wants calm", async () => {
  const pages = await Promise.all([visit({ url: at("/system") }), visit({ url: at("/system"), isCalm: true })]);
  const api = new Api(system().url);
  const event = await api.event({ capacity: 1000 });
  const user = await api.user();
  const displays = (page: Page) =>
    page.locator("svg circle.animate-travel").evaluateAll((dots) => dots.map((dot) => getComputedStyle(dot).display));
  // They go away soon after somebody has booked, so all is read while somebody does.
  const [moving, calm] = await until("somebody has seen both", async () => {
    await api.book(event.id, 1, user.id);
    const seen = await Promise.all(pages.map(displays));
    return seen.every(({ length }) => length > 0) && seen;
  });
  expect(moving).not.toContain("none");
  expect(new Set(calm)).toEqual(new Set(["none"]));
});

test("a service that hangs is told from the others, and comes back", async () => {
  const page = await visit({ url: at("/system"), meant });
  await running(page);
  system().freeze("booking-service");
  try {
    await part(page, en.nodes.booking, en.states.unreachable);
    await part(page, en.nodes.event, en.states.serving);
    await see(page, en.overall.troubled(en.nodes.booking));
    await see(page, en.seats.notTold);
  } finally {
    system().thaw("booking-service");
  }
  await part(page, en.nodes.booking, en.states.serving);
  await running(page);
});

test("one that was told to stop is not taken for one that is away", async () => {
  const page = await visit({ url: "about:blank" });
  await page.route(/\/v1\/system\/processes/, async (route) => {
    const response = await route.fetch();
    const { processes } = (await response.json()) as { processes: { name: string; state: string; reason: string }[] };
    const stop = { state: "PROCESS_STATE_DRAINING", reason: "it was asked to stop" };
    await route.fulfill({
      json: { processes: processes.map((one) => (one.name === "booking-service" ? { ...one, ...stop } : one)) },
    });
  });
  await page.goto(at("/system"));
  await part(page, en.nodes.booking, en.states.draining);
  await see(page, en.overall.troubled(en.nodes.booking));
  await see(page, en.seats.well);
});

test("a bus that stands still shows where records wait, and that they arrive", async () => {
  const page = await visit({ url: at("/system"), meant });
  await running(page);
  system().freeze("redis");
  try {
    const api = new Api(system().url);
    const event = await api.event({ capacity: 20 });
    await api.book(event.id, 1, (await api.user()).id);
    await part(page, en.nodes.bus, en.states.not_serving);
    await see(page, en.bus.broken);
    const way = page
      .locator("div", { has: page.getByRole("heading", { name: en.bus.way(en.nodes.booking, en.nodes.event) }) })
      .last();
    const age = way.locator("div", { has: page.getByText(en.bus.age, { exact: true }) }).last();
    await age.getByText(/^[1-9][0-9]* s$/).waitFor();
  } finally {
    system().thaw("redis");
  }
  await part(page, en.nodes.bus, en.states.serving);
  await until("all has arrived", async () => (await page.getByText(en.bus.caughtUp).count()) === 2);
});

test("what is old says so when the gateway is away", async () => {
  const page = await visit({ url: at("/system"), meant });
  await running(page);
  system().freeze("gateway");
  try {
    await see(page, en.overall.away);
    await part(page, en.nodes.gateway, en.states.unreachable);
    await part(page, en.nodes.event, en.states.unknown);
    await see(page, /What you see is old/);
  } finally {
    system().thaw("gateway");
  }
  await running(page);
});

test("a part of the map leads to what it is", async () => {
  const page = await visit({ url: at("/system"), width: "phone" });
  await running(page);
  await page.getByRole("link", { name: new RegExp(`^${en.nodes.bus}`) }).click();
  await page.getByText(en.parts.what.bus).waitFor();
  const top = () => page.getByText(en.parts.what.bus).evaluate((words) => words.getBoundingClientRect().top);
  await until("it has been scrolled to", async () => (await top()) < 844);
});
