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

const pictures: Partial<Record<SceneName, string>> = {
  "the list of events": "events",
  "an event on sale": "event",
  "a hold": "hold",
  "a ticket": "ticket",
  "somebody's bookings": "bookings",
  "an organiser's events": "organise",
  "a new event": "event-form",
  "a location": "location",
  "how an event sells": "sales",
};
const shown = process.env.PICTURES_OF === "all" ? sceneNames : (Object.keys(pictures) as SceneName[]);
const nameOf = (scene: SceneName): string => pictures[scene] ?? scene.replace(/[^a-z]+/g, "-");

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

test.each(shown)("%s", async (name) => {
  mkdirSync(folder, { recursive: true });
  const scene: Scene = scenes[name];
  const page = await visit({
    url: system().url + scene.path(stage),
    width: "phone", // where scroll bars take no room
    meant: [/404 .*00000000-0000-7000-8000-000000000000/],
    ...(scene.isAda && { storage: stage.ada }),
  });
  await scene.open(page, wordsOf.en, stage);
  const desk = await take(page, nameOf(name), { width: 1280, height: 800 }, "css");
  expect(sizeOfPng(desk)).toEqual({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "dark" });
  const phone = await take(page, `${nameOf(name)}-phone`, { width: 390, height: 780 }, "device");
  expect(sizeOfPng(phone)).toEqual({ width: 780, height: 1560 });
  expect(phone.equals(desk)).toBe(false);
});
