// A picture of each page, on a desk in light and on a phone in the dark. They are made to be looked at: the folder is
// PICTURES, and tests/browser/pictures makes those of docs/images.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { useBrowser, visit } from "./support/browser";
import { type Scene, type SceneName, sceneNames, scenes, wordsOf } from "./support/scenes";
import { type Stage, setStage } from "./support/stage";
import { untilStill } from "./support/still";
import { useSystem } from "./support/system";

const system = useSystem();
useBrowser();
let stage: Stage;
beforeAll(async () => {
  stage = await setStage(system().url);
});

const folder = resolve(process.env.PICTURES ?? join(import.meta.dirname, "../../.cache/browser/pictures"));

type Picture = { file: string; height?: number; before?: (page: Page) => Promise<void> };

const pictures: Partial<Record<SceneName, Picture>> = {
  "the list of events": { file: "events", height: 1100 },
  "an event on sale": { file: "event" },
  "a hold": { file: "hold", height: 1100 },
  "a ticket": { file: "ticket" },
  "somebody's bookings": { file: "bookings" },
  "an organiser's events": { file: "organise" },
  "a new event": { file: "event-form" },
  "a location": { file: "location" },
  "how an event sells": { file: "sales", height: 1100, before: sell },
  "the system at work": { file: "system", height: 1100, before: bustle },
};
const isAll = process.env.PICTURES_OF === "all";
const shown = isAll ? sceneNames : (Object.keys(pictures) as SceneName[]);
const pictureOf = (scene: SceneName): Picture => pictures[scene] ?? { file: scene.replace(/[^a-z]+/g, "-") };

type Size = { width: number; height: number };
const sizeOfPng = (file: Buffer): Size => ({ width: file.readUInt32BE(16), height: file.readUInt32BE(20) });

async function take(page: Page, name: string, size: Size, scale: "css" | "device"): Promise<Buffer> {
  await page.setViewportSize(size);
  await page.evaluate(() => scrollTo(0, 0));
  await untilStill(page);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, scale });
  return readFileSync(path);
}

// Pictures for readers show some time of a sale; for the test alone a moment will do.
const isForReaders = !!process.env.PICTURES;

// People book, more or fewer of them, until it has gone on for so long.
async function bustle(page: Page): Promise<void> {
  const { api, events } = stage;
  let heard = 0;
  page.on("response", (response) => {
    if (new URL(response.url()).pathname === "/v1/system/processes") heard++;
  });
  const until = Date.now() + (isForReaders ? 30_000 : 0);
  for (let i = 0; heard < 2 || Date.now() < until; i++) {
    const bookings = Array.from({ length: 1 + (i % 5) }, () => api.book(events.calm.id, 1));
    await Promise.all((await Promise.all(bookings)).map(({ id }) => api.cancel(id)));
  }
}

// Seats sell over a while, faster at first.
async function sell(page: Page): Promise<void> {
  const { api, events } = stage;
  for (let i = 0; isForReaders && i < 70; i++) {
    await api.book(events.onSale.id, 1 + ((i * 7) % 4));
    await page.waitForTimeout(300 + i * 25);
  }
}

test.each(shown)(
  "%s",
  async (name) => {
    mkdirSync(folder, { recursive: true });
    const scene: Scene = scenes[name];
    const page = await visit({
      url: system().url + scene.path(stage),
      width: "phone", // where scroll bars take no room
      meant: [/404 .*00000000-0000-7000-8000-000000000000/],
      ...(scene.isAda && { storage: stage.ada }),
    });
    await scene.open(page, wordsOf.en, stage);
    const { file, height = 800, before } = pictureOf(name);
    await before?.(page);
    const desk = await take(page, file, { width: 1280, height }, "css");
    expect(sizeOfPng(desk)).toEqual({ width: 1280, height });
    await page.emulateMedia({ colorScheme: "dark" });
    const phone = await take(page, `${file}-phone`, { width: 390, height: 780 }, "device");
    expect(sizeOfPng(phone)).toEqual({ width: 780, height: 1560 });
  },
  180_000,
);
