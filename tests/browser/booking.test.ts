// People look for events, hold seats, confirm, keep tickets and give them back.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { bookingIdOf, button, confirm, heading, hold, link, see } from "./support/flow";
import { useSystem } from "./support/system";

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const at = (path: string) => system().url + path;

describe.each(["phone", "desktop"] as const)("on a %s", (width) => {
  test("what is typed is looked for at once, and the address can be shared", async () => {
    const word = `quokka${width}`;
    await api().event({ name: `The ${word} quartet` });
    await api().event({ name: `Late ${word} show` });
    const page = await visit({ url: at("/"), width });
    await see(page, /^\d\d events$/);
    await page.getByRole("searchbox").pressSequentially(word);
    await see(page, en.events.count(2));
    expect(new URL(page.url()).search).toBe(`?q=${word}`);
    await page.reload();
    await see(page, en.events.count(2));
    await link(page, `The ${word} quartet`).click();
    await heading(page, `The ${word} quartet`).waitFor();
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

const categories = (page: Page) => page.getByRole("group", { name: en.events.category });

test("the categories to choose from are those that something is on of", async () => {
  await api().draft({ category: "harp-duel" });
  const event = await api().event({ category: "zither-slam" });
  const page = await visit({ url: at("/") });
  await categories(page).getByText("Zither slam").click();
  await link(page, event.name).waitFor();
  await see(page, en.events.count(1));
  expect(new URL(page.url()).search).toBe("?category=zither-slam");
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
  await see(page, /^\d\d events$/);
  await categories(page).waitFor({ state: "detached" });
});
