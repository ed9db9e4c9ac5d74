// Two browsers want the same last seat.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { button, confirm, heading, hold, see } from "./support/flow";
import { useSystem } from "./support/system";

const ROUNDS = 8;

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);

// By the answer, or by the stream that nothing is left, whichever is first.
const isTold = (page: Page) =>
  page
    .getByText(en.problems.SOLD_OUT as string)
    .or(page.getByText(en.book.closed.sold_out))
    .first();

const BOOKINGS = /\/bookings$/;

// Both have asked before either is heard.
async function startTogether(pages: Page[]): Promise<void> {
  let asked = 0;
  let go = () => {};
  const together = new Promise<void>((resolve) => {
    go = resolve;
  });
  for (const page of pages) {
    await page.unroute(BOOKINGS);
    await page.route(BOOKINGS, async (route) => {
      if (route.request().method() === "POST") {
        if (++asked >= pages.length) go();
        await together;
      }
      await route.continue();
    });
  }
}

async function raceOnce(pages: [Page, Page], eventId: string): Promise<{ winner: Page; loser: Page }> {
  for (const page of pages) await page.goto(`${system().url}/events/${eventId}`);
  for (const page of pages) await button(page, en.book.hold(1)).waitFor();
  await startTogether(pages);
  await Promise.all(pages.map((page) => button(page, en.book.hold(1)).click()));
  const first = await Promise.race(
    pages.map((page, i) =>
      heading(page, en.hold.title)
        .waitFor()
        .then(() => i),
    ),
  );
  const [winner, loser] = first === 0 ? pages : [pages[1], pages[0]];
  await isTold(loser).waitFor();
  return { winner, loser };
}

test("of two browsers that want the last seat one gets it, and the other is told", async () => {
  const meant = [/response: 400 .*\/bookings$/];
  const pages: [Page, Page] = [
    await visit({ url: system().url, meant }),
    await visit({ url: system().url, meant, width: "phone" }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const event = await api().event({ capacity: 1 });
    const { winner } = await raceOnce(pages, event.id);
    expect(await api().bookingsOf(event.id)).toMatchObject([{ seats: 1, state: "BOOKING_STATE_HELD" }]);
    await confirm(winner);
    expect(await api().seats(event.id)).toMatchObject({ held: 0, sold: 1, seatsAvailable: 0 });
  }
});

test("who was too late sees the seat come back, and gets it", async () => {
  const meant = [/response: 400 .*\/bookings$/];
  const event = await api().event({ capacity: 1 });
  const pages: [Page, Page] = [await visit({ url: system().url, meant }), await visit({ url: system().url, meant })];
  const { winner, loser } = await raceOnce(pages, event.id);
  await see(loser, en.book.closed.sold_out);
  await button(winner, en.hold.release).click();
  await winner.getByRole("dialog").getByRole("button", { name: en.hold.release }).click();
  await button(loser, en.book.hold(1)).waitFor();
  await hold(loser, 1);
  await confirm(loser);
  const states = (await api().bookingsOf(event.id)).map(({ state }) => state);
  expect(states).toEqual(["BOOKING_STATE_CONFIRMED", "BOOKING_STATE_CANCELLED"]);
});
