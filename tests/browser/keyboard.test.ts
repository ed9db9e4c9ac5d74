// Without a mouse, without movement, in the other language: the pages are the same.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { de } from "@/strings/de";
import { en } from "@/strings/en";
import { Api } from "./support/api";
import { useBrowser, visit } from "./support/browser";
import { bookingIdOf, button, confirmButton, heading, hold, see } from "./support/flow";
import { untilStill } from "./support/still";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const system = useSystem();
useBrowser();
const api = () => new Api(system().url);
const at = (path: string) => system().url + path;

const TABS_MAX = 80;

type Focus = { name: string; isSeen: boolean; isInDialog: boolean };

// What has the focus, and whether one sees that: by an outline of its own or around what it stands for.
const focus = (page: Page): Promise<Focus> =>
  page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const box = element.getBoundingClientRect();
    const outlined = (one: Element | null | undefined) => {
      const style = one && getComputedStyle(one);
      return !!style && style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
    };
    const labels = (element as HTMLInputElement).labels;
    return {
      name: (element.getAttribute("aria-label") || labels?.[0]?.textContent || element.textContent || "").trim(),
      isSeen:
        box.bottom > 0 && box.top < innerHeight && [element, element.closest("label, article, li")].some(outlined),
      isInDialog: !!element.closest("[role=dialog]"),
    };
  });

// Presses Tab until `name` has the focus; each stop on the way has to be seen.
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < TABS_MAX) {
    await page.keyboard.press("Tab");
    const { isSeen, ...now } = await focus(page);
    if (!isSeen) throw new Error(`nobody sees that "${now.name}" has the focus`);
    if (now.name === name) return;
    passed.push(now.name);
  }
  throw new Error(`Tab does not lead to "${name}", but to ${passed.join(", ")}`);
}

const untilFocused = (page: Page, name: string) =>
  until(`"${name}" has the focus`, async () => {
    const now = await focus(page);
    return now.isSeen && now.name === name;
  });

async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

test("somebody finds, holds, confirms and cancels by keyboard alone, and always sees where they are", async () => {
  const event = await api().event({ name: "Keys Only", capacity: 40 });
  const page = await visit({ url: at("/") });
  await see(page, /^\d+ events$/);

  await page.keyboard.press("Tab");
  expect((await focus(page)).name).toBe(en.app.skip);
  await page.keyboard.press("Enter");
  await tabTo(page, en.events.search); // past all that stands above the content
  await page.keyboard.type("keys only");
  await see(page, en.events.count(1));
  await press(page, event.name);
  await heading(page, en.book.title).waitFor();

  await press(page, en.book.fewer);
  await press(page, en.book.hold(1));
  await heading(page, en.hold.title).waitFor();
  await confirmButton(page).waitFor();
  for (const [label, words] of [
    [en.book.firstName, "Ada"],
    [en.book.lastName, "Lovelace"],
    [en.book.email, "ada@example.com"],
  ] as const) {
    await tabTo(page, label);
    await page.keyboard.type(words);
  }
  await page.keyboard.press("Enter");
  await heading(page, en.ticket.confirmed).waitFor();

  await press(page, en.ticket.cancel);
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await untilFocused(page, en.ticket.cancel);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await press(page, en.ticket.cancel);
  await heading(page, en.ticket.cancelledTitle).waitFor();
  expect((await api().booking(bookingIdOf(page))).state).toBe("BOOKING_STATE_CANCELLED");
});

test("the focus stays in a dialog, both ways round, and returns to where it came from", async () => {
  const event = await api().event();
  const page = await visit({ url: at(`/events/${event.id}`), width: "phone" });
  await hold(page);
  await button(page, en.hold.release).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await untilStill(page);
  for (const key of ["Tab", "Shift+Tab"])
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press(key);
      expect(await focus(page)).toMatchObject({ isInDialog: true, isSeen: true });
    }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await untilFocused(page, en.hold.release);
});

test("going to another page begins at its top", async () => {
  const page = await visit({ url: at("/") });
  await heading(page, en.events.title).waitFor();
  await press(page, en.app.bookings);
  await heading(page, en.bookings.title).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
  await expect.poll(() => page.title()).toContain(en.bookings.title);
});

test("another page that is loaded anew begins at its top, the same one where it was", async () => {
  const page = await visit({ url: at("/") });
  const scrolled = () => page.evaluate(() => scrollY);
  await see(page, /^\d+ events$/);
  await page.evaluate(() => scrollTo(0, 600));
  await page.reload();
  await until("it is where it was", async () => (await scrolled()) === 600);
  await page.goto(at("/organise"));
  await see(page, /^\d+ events$/);
  expect(await scrolled()).toBe(0);
});

describe("settings", () => {
  test("the language is chosen, at once and for good", async () => {
    const page = await visit({ url: at("/") });
    await heading(page, en.events.title).waitFor();
    await press(page, en.app.menu);
    await page.getByLabel("English").waitFor();
    await tabTo(page, "English");
    await page.keyboard.press("ArrowRight");
    await heading(page, de.events.title).waitFor();
    await page.reload();
    await heading(page, de.events.title).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("de");
  });

  test("a browser that is German is greeted in German", async () => {
    const page = await visit({ url: at("/"), language: "de" });
    await heading(page, de.events.title).waitFor();
  });

  test("a theme is chosen, and is there before anything is drawn", async () => {
    const page = await visit({ url: at("/"), theme: "light" });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await heading(page, en.events.title).waitFor();
    const light = await paper();
    await press(page, en.app.menu);
    await page.getByText(en.app.themes.dark, { exact: true }).click();
    await until("it is dark", async () => (await paper()) !== light);
    const dark = await paper();
    // Only what stands in the page itself has run by then.
    const other = await page.context().newPage();
    await other.route("**/assets/*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    await other.goto(at("/"));
    expect(await other.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(dark);
  });
});

test("nothing moves for those who asked for that", async () => {
  const event = await api().event();
  const longest = (page: Page) =>
    page.evaluate(() => {
      const durations = document.getAnimations().map((one) => Number(one.effect?.getComputedTiming().duration ?? 0));
      return Math.max(0, ...durations);
    });
  const open = async (isCalm: boolean) => {
    const page = await visit({ url: at(`/events/${event.id}`), isCalm });
    await hold(page);
    // What moves, moves while it opens: so it is looked at the moment it is there.
    const seen = page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          new MutationObserver(() => {
            if (!document.querySelector("[role=dialog]")) return;
            const durations = document.getAnimations().map((one) => Number(one.effect?.getComputedTiming().duration));
            resolve(Math.max(0, ...durations));
          }).observe(document.body, { childList: true }),
        ),
    );
    await button(page, en.hold.release).click();
    const opening = await seen;
    await untilStill(page);
    return Math.max(opening, await longest(page));
  };
  expect(await open(false)).toBeGreaterThan(100);
  expect(await open(true)).toBeLessThan(1);
});
