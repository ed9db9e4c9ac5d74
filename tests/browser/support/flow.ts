// The steps of somebody who books, each in one place.
import type { Locator, Page } from "playwright-core";
import { en, type Strings } from "@/strings/en";

export const ada = { firstName: "Ada", lastName: "Lovelace", email: "ada@example.com" };

export const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
export const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name, exact: true });
export const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name, exact: true });
export const see = (page: Page, words: string | RegExp) => page.getByText(words).first().waitFor();

export async function chooseSeats(page: Page, seats: number, strings: Strings = en): Promise<void> {
  const chosen = page.locator("output");
  await chosen.waitFor();
  for (;;) {
    const now = Number(await chosen.textContent());
    if (now === seats) return;
    await button(page, now < seats ? strings.book.more : strings.book.fewer).click();
  }
}

export async function giveDetails(page: Page | Locator, strings: Strings = en, who = ada): Promise<void> {
  await page.getByLabel(strings.book.firstName).fill(who.firstName);
  await page.getByLabel(strings.book.lastName).fill(who.lastName);
  await page.getByLabel(strings.book.email).fill(who.email);
}

// From an event's page to the page of the hold.
export async function hold(page: Page, seats = 2, strings: Strings = en): Promise<string> {
  await chooseSeats(page, seats, strings);
  await button(page, strings.book.hold(seats)).click();
  await heading(page, strings.hold.title).waitFor();
  return bookingIdOf(page);
}

export const bookingIdOf = (page: Page): string => new URL(page.url()).pathname.split("/").pop() ?? "";

export const confirmButton = (page: Page) =>
  page.getByRole("button", { name: /^(Confirm (for|booking)|Für .* bestätigen|Buchung bestätigen)/ });

// From the page of the hold to the ticket. A guest tells who is booking.
export async function confirm(page: Page, strings: Strings = en): Promise<void> {
  if ((await page.getByLabel(strings.book.firstName).inputValue()) === "") await giveDetails(page, strings);
  await confirmButton(page).click();
  await heading(page, strings.ticket.confirmed).waitFor();
}
