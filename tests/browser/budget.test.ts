// What the pages cost who opens them: bytes, requests, and whether what is read jumps about while the rest arrives.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { CDPSession, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBrowser, visit } from "./support/browser";
import { type Scene, type SceneName, scenes, wordsOf } from "./support/scenes";
import { type Stage, setStage } from "./support/stage";
import { untilStill } from "./support/still";
import { useSystem } from "./support/system";
import { until } from "./support/until";

const KB = 1024;
const budget = { script: 150 * KB, style: 12 * KB, font: 100 * KB, all: 320 * KB, requests: 24 };
const SHIFT_MAX = 0.02; // good is below 0.1
const DELAY_MS = 400;

// Longer than the whole of this takes, however busy the machine is.
const system = useSystem({ hold: "1h" });
useBrowser();
let stage: Stage;
beforeAll(async () => {
  stage = await setStage(system().url);
});

const dist = resolve(import.meta.dirname, "../../web/dist");
const kilobytes = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`;

type Asked = { path: string; bytes: number; isKept: boolean };

// What the browser asks for from now on, and what of it came over the wire.
async function listen(page: Page): Promise<() => Asked[]> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const asked = new Map<string, Asked>();
  const kept = new Set<string>(); // in memory; or asked about, and still as it was
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const isKept = response.fromDiskCache === true;
    asked.set(requestId, { path: new URL(response.url).pathname, bytes: 0, isKept });
  });
  session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
    if (statusCode === 304) kept.add(requestId);
  });
  session.on("Network.requestServedFromCache", ({ requestId }) => kept.add(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const one = asked.get(requestId);
    if (one) one.bytes = encodedDataLength;
  });
  return () => [...asked].map(([id, one]) => ({ ...one, isKept: one.isKept || kept.has(id) }));
}

// Who saves data is sent nothing ahead of its being needed. To others the rest comes when the page has been at rest for
// a while, which a busy machine may not have drawn the first look by.
async function saveData(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });
}

async function openList(page: Page): Promise<void> {
  await page.goto(`${system().url}/`);
  const scene: Scene = scenes["the list of events"];
  await scene.open(page, wordsOf.en, stage);
  await untilStill(page);
}

const gzipped = (path: string): number => gzipSync(readFileSync(dist + path)).length;
const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);

test("the first page loads little", async () => {
  const page = await visit({ url: "about:blank", width: "phone" });
  await saveData(page);
  const asked = await listen(page);
  await openList(page);
  const all = asked();
  const sizeOf = (ending: string) =>
    sum(all.filter(({ path }) => path.endsWith(ending)).map(({ path }) => gzipped(path)));
  const seen = {
    script: sizeOf(".js"),
    style: sizeOf(".css"),
    font: sizeOf(".woff2"),
    all: sum(all.map(({ bytes }) => bytes)),
    requests: all.length,
  };
  const { requests, ...bytes } = seen;
  console.log(
    `gzipped: ${Object.entries(bytes).map(([what, n]) => `${what} ${kilobytes(n)}`)}; ${requests} requests; all is as sent`,
  );
  expect(seen.script).toBeGreaterThan(50 * KB); // it was really counted
  for (const [what, most] of Object.entries(budget))
    expect(seen[what as keyof typeof seen], what).toBeLessThanOrEqual(most);
});

test("whoever comes again loads the page itself and the data, nothing else", async () => {
  const page = await visit({ url: "about:blank" });
  await saveData(page);
  await openList(page);
  const again = await page.context().newPage();
  const asked = await listen(again);
  await openList(again);
  expect(asked().some(({ path }) => path.startsWith("/v1/events"))).toBe(true);
  const sent = () => asked().filter(({ isKept, path }) => !isKept && !path.startsWith("/v1/"));
  await expect.poll(() => sent().map(({ path }) => path)).toEqual([]); // whether it was kept is told a little later
});

test("what has its content in its name is kept for good, the rest is asked about", async () => {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
    .map((entry) => `${entry.parentPath.slice(dist.length)}/${entry.name}`);
  expect(files.length).toBeGreaterThan(10);
  for (const path of files) {
    const response = await fetch(system().url + path);
    await response.arrayBuffer();
    const wanted = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    expect(response.headers.get("cache-control"), path).toBe(wanted);
  }
});

type Seen = { shift: number; moved: string[]; paint: number; longest: number };

async function watch(page: Page): Promise<() => Promise<Seen>> {
  await page.addInitScript(() => {
    const seen = { shift: 0, moved: [] as string[], paint: 0, longest: 0 };
    Object.assign(globalThis, { seen });
    type Source = { node?: Node | null; previousRect: DOMRect; currentRect: DOMRect };
    type Entry = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: Source[] };
    const observe = (type: string, take: (entry: Entry) => void) =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) take(entry as Entry);
      }).observe({ type, buffered: true });
    const words = ({ node, previousRect: was, currentRect: is }: Source) =>
      `${node instanceof Element ? node.outerHTML.slice(0, 90) : node?.nodeName}: from ${was.y}+${was.height} to ${is.y}+${is.height}`;
    observe("layout-shift", ({ value, hadRecentInput, sources }) => {
      if (hadRecentInput) return;
      seen.shift += value;
      seen.moved.push(...sources.map((source) => `${value.toFixed(4)} ${words(source)}`));
    });
    observe("largest-contentful-paint", ({ startTime }) => {
      seen.paint = startTime;
    });
    observe("longtask", ({ duration }) => {
      seen.longest = Math.max(seen.longest, duration);
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
}

// Data and fonts come late, one after the other: now what they push about is seen.
async function beSlow(page: Page): Promise<void> {
  let turn = 0;
  await page.route(/\/v1\/(?!.*:watch)|\.woff2$/, async (route) => {
    turn++;
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS * (1 + (turn % 3) / 2)));
    await route.continue().catch(() => {}); // nobody waits for it any more
  });
}

const steady: SceneName[] = [
  "the list of events",
  "an event on sale",
  "a hold",
  "a ticket",
  "somebody's bookings",
  "an organiser's events",
  "how an event sells",
];

describe.each(["phone", "desktop"] as const)("on a %s", (width) => {
  test.each(steady)("nothing jumps while %s loads slowly", async (name) => {
    const scene: Scene = scenes[name];
    const page = await visit({ url: "about:blank", width, ...(scene.isAda && { storage: stage.ada }) });
    const seen = await watch(page);
    await beSlow(page);
    await page.goto(system().url + scene.path(stage));
    await scene.open(page, wordsOf.en, stage);
    await page.waitForLoadState("load");
    await untilStill(page);
    await until("it was really watched", async () => (await seen()).paint > 0);
    const { shift, moved, paint, longest } = await seen();
    console.log(
      `shift ${shift.toFixed(4)}, largest paint ${paint.toFixed(0)} ms, longest task ${longest.toFixed(0)} ms`,
    );
    expect(shift, moved.join("\n")).toBeLessThanOrEqual(SHIFT_MAX);
  });
});
