// Every page and dialog, for everybody: by axe, in both themes and languages, and on the narrowest phone.
import { beforeAll, describe, expect, test } from "vitest";
import type { Language } from "@/strings";
import { violations } from "./support/axe";
import { useBrowser, visit } from "./support/browser";
import { type Scene, sceneNames, scenes, wordsOf } from "./support/scenes";
import { type Stage, setStage } from "./support/stage";
import { untilStill } from "./support/still";
import { useSystem } from "./support/system";

// Longer than the whole of this takes, however busy the machine is.
const system = useSystem({ hold: "1h" });
useBrowser();
let stage: Stage;
beforeAll(async () => {
  stage = await setStage(system().url);
});

// Pages that say "there is no such" have asked for it.
const meant = [/404 .*00000000-0000-7000-8000-000000000000/];

async function open(scene: Scene, language: Language) {
  const page = await visit({
    url: system().url + scene.path(stage),
    width: "phone",
    language,
    meant,
    ...(scene.isAda && { storage: stage.ada }),
  });
  await scene.open(page, wordsOf[language], stage);
  return page;
}

// German has the longest words.
describe("on a phone and on a desk, light and dark, axe finds nothing, and nothing sticks out", () => {
  test.each(sceneNames)("%s", async (name) => {
    const page = await open(scenes[name], "de");
    expect(await page.getAttribute("html", "lang")).toBe("de");
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await violations(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    await untilStill(page);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});
