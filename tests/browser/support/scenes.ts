// What somebody may have in front of them: every page in its states, and every dialog. Each is opened here once, for
// all tests that look at pages.
import type { Page } from "playwright-core";
import type { Language } from "@/strings";
import { de } from "@/strings/de";
import { en, type Strings } from "@/strings/en";
import { de as organiseDe } from "@/strings/organise_de";
import { en as organiseEn } from "@/strings/organise_en";
import { de as systemDe } from "@/strings/system_de";
import { type SystemStrings, en as systemEn } from "@/strings/system_en";
import { button, confirmButton, heading, link, see } from "./flow";
import type { Stage } from "./stage";

export type Words = { strings: Strings; organise: typeof organiseEn; system: SystemStrings };
export const wordsOf: Record<Language, Words> = {
  en: { strings: en, organise: organiseEn, system: systemEn },
  de: { strings: de, organise: organiseDe, system: systemDe },
};

type Open = (page: Page, words: Words, stage: Stage) => Promise<unknown>;
export type Scene = {
  path: (stage: Stage) => string;
  open: Open; // waits until everything is there
  isAda?: boolean; // in the browser of somebody who has bookings
};

const NOBODY = "00000000-0000-7000-8000-000000000000";

const dialog = (page: Page) => page.getByRole("dialog").or(page.getByRole("alertdialog")).waitFor();

const live = (page: Page, { strings }: Words) => page.getByText(strings.live.live, { exact: true }).first().waitFor();

const published: Open = async (page, words) => {
  await live(page, words);
  await heading(page, words.organise.chart.title).waitFor();
  await heading(page, words.organise.attendees.title).waitFor();
  await page.getByText("Grace").first().waitFor();
};

export const scenes = {
  "the list of events": {
    path: () => "/",
    open: async (page, words, { events }) => {
      await link(page, events.onSale.name).waitFor();
      await live(page, words);
    },
  },
  "the filters": {
    path: () => "/?category=jazz&when=range",
    open: (page, { strings }) => page.getByLabel(strings.events.from).waitFor(),
  },
  "a list without events": {
    path: () => "/?q=nothing-has-this-name",
    open: (page, { strings }) => heading(page, strings.events.emptyTitle).waitFor(),
  },
  "an event on sale": {
    path: ({ events }) => `/events/${events.onSale.id}`,
    open: async (page, words) => {
      await heading(page, words.strings.book.title).waitFor();
      await see(page, "Hamburg");
      await live(page, words);
    },
  },
  "an event with few seats": {
    path: ({ events }) => `/events/${events.fewLeft.id}`,
    open: (page, { strings }) => see(page, strings.event.fewLeft(4)),
  },
  "an event that is sold out": {
    path: ({ events }) => `/events/${events.soldOut.id}`,
    open: (page, { strings }) => see(page, strings.book.closed.sold_out),
  },
  "an event that was called off": {
    path: ({ events }) => `/events/${events.calledOff.id}`,
    open: (page, { strings }) => see(page, strings.book.closed.cancelled),
  },
  "an event that does not exist": {
    path: () => `/events/${NOBODY}`,
    open: (page, { strings }) => heading(page, strings.event.missingTitle).waitFor(),
  },
  "a hold": {
    path: ({ bookings }) => `/bookings/${bookings.held}`,
    isAda: true,
    open: (page) => confirmButton(page).waitFor(),
  },
  "the question whether to give seats back": {
    path: ({ bookings }) => `/bookings/${bookings.held}`,
    isAda: true,
    open: async (page, { strings }) => {
      await button(page, strings.hold.release).click();
      await dialog(page);
    },
  },
  "a ticket": {
    path: ({ bookings }) => `/bookings/${bookings.confirmed}`,
    isAda: true,
    open: async (page) => {
      await page.getByRole("img", { name: /QR/ }).waitFor();
      await see(page, "Ada Lovelace");
    },
  },
  "the question whether to cancel": {
    path: ({ bookings }) => `/bookings/${bookings.confirmed}`,
    isAda: true,
    open: async (page, { strings }) => {
      await button(page, strings.ticket.cancel).click();
      await dialog(page);
    },
  },
  "a booking that was cancelled": {
    path: ({ bookings }) => `/bookings/${bookings.cancelled}`,
    isAda: true,
    open: (page, { strings }) => heading(page, strings.ticket.cancelledTitle).waitFor(),
  },
  "a booking that does not exist": {
    path: () => `/bookings/${NOBODY}`,
    open: (page, { strings }) => heading(page, strings.ticket.missingTitle).waitFor(),
  },
  "somebody's bookings": {
    path: () => "/bookings",
    isAda: true,
    open: (page, _, { events }) => link(page, events.fewLeft.name).waitFor(),
  },
  "no bookings": {
    path: () => "/bookings",
    open: (page, { strings }) => heading(page, strings.bookings.emptyTitle).waitFor(),
  },
  "the settings": {
    path: () => "/bookings",
    isAda: true,
    open: async (page, { strings }) => {
      await button(page, strings.app.menu).click();
      await dialog(page);
    },
  },
  "a page that does not exist": {
    path: () => "/no/such/page",
    open: (page, { strings }) => heading(page, strings.missing.title).waitFor(),
  },
  "an organiser's events": {
    path: () => "/organise",
    open: async (page, words, { events }) => {
      await see(page, events.onSale.name);
      await live(page, words);
    },
  },
  "an organiser's drafts": {
    path: () => "/organise?show=drafts",
    open: (page, _, { events }) => see(page, events.draft.name),
  },
  "an organiser's locations": {
    path: () => "/organise/locations",
    open: (page, _, { location }) => see(page, location.name),
  },
  "a new location": {
    path: () => "/organise/locations/new",
    open: (page, { organise }) => button(page, organise.location.create).waitFor(),
  },
  "a new location with mistakes": {
    path: () => "/organise/locations/new",
    open: async (page, { organise }) => {
      await button(page, organise.location.create).click();
      await page.getByRole("alert").first().waitFor();
    },
  },
  "a location": {
    path: ({ location }) => `/organise/locations/${location.id}`,
    open: (page, { organise }) => button(page, organise.form.save).waitFor(),
  },
  "a new event": {
    path: () => "/organise/events/new",
    open: (page, { organise }) => button(page, organise.event.create).waitFor(),
  },
  "a new event with mistakes": {
    path: () => "/organise/events/new",
    open: async (page, { organise }) => {
      await button(page, organise.event.create).click();
      await page.getByRole("alert").first().waitFor();
    },
  },
  "an event that is edited": {
    path: ({ events }) => `/organise/events/${events.onSale.id}/edit`,
    open: (page, { organise }) => button(page, organise.form.save).waitFor(),
  },
  "a draft": {
    path: ({ events }) => `/organise/events/${events.draft.id}`,
    open: (page, { organise }) => heading(page, organise.board.draftTitle).waitFor(),
  },
  "the question whether to publish": {
    path: ({ events }) => `/organise/events/${events.draft.id}`,
    open: async (page, { organise }) => {
      await button(page, organise.board.publish).click();
      await dialog(page);
    },
  },
  "how an event sells": {
    path: ({ events }) => `/organise/events/${events.onSale.id}`,
    open: published,
  },
  "the question whether to call it off": {
    path: ({ events }) => `/organise/events/${events.onSale.id}`,
    open: async (page, words, stage) => {
      await published(page, words, stage);
      await button(page, words.organise.board.callOff).click();
      await page.getByLabel(words.organise.board.callOffType(words.organise.board.callOffWord)).waitFor();
    },
  },
  "how an event sold that was called off": {
    path: ({ events }) => `/organise/events/${events.calledOff.id}`,
    open: (page, { organise }) => heading(page, organise.board.cancelledTitle).waitFor(),
  },
  "the system at work": {
    path: () => "/system",
    open: async (page, { system }) => {
      await see(page, system.overall.well);
      await page.getByRole("checkbox", { name: system.methods.all }).check();
      await page.getByText(system.map.table).first().click();
      await see(page, system.flows["bus-event"]);
    },
  },
} satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as SceneName[];
