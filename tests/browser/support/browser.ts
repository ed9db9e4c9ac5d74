// People with a browser: each visit has a browser context of its own, so it knows nothing of the others.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { Language } from "@/strings";

export type Width = "phone" | "desktop" | "narrow";
export type Look = { width?: Width; theme?: "light" | "dark"; language?: Language; isCalm?: boolean };

const sizes: Record<Width, { width: number; height: number }> = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
  narrow: { width: 360, height: 740 },
};
const TIMEOUT_MS = 15_000;

let browser: Browser | undefined;

export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = process.env.BROWSER;
    if (!executablePath) throw new Error("BROWSER does not say which browser to use; tests/browser/run does");
    browser = await chromium.launch({ executablePath });
  });
  afterAll(() => browser?.close());
}

// What went wrong in a page without anybody seeing it. A test says beforehand which of it is meant.
class Complaints {
  private readonly heard: string[] = [];
  constructor(private readonly meant: RegExp[]) {}

  listen(page: Page): void {
    const hear = (words: string) => this.heard.push(words);
    page.on("pageerror", (error) => hear(`error: ${error.stack ?? error}`));
    page.on("console", (message) => {
      // Which request it was about, a response says below, with its address.
      if (message.text().startsWith("Failed to load resource")) return;
      if (["error", "warning"].includes(message.type())) hear(`console: ${message.text()}`);
    });
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      if (why !== "net::ERR_ABORTED") hear(`request: ${request.method()} ${request.url()} ${why}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) hear(`response: ${response.status()} ${response.url()}`);
    });
  }

  unexpected = (): string[] => this.heard.filter((words) => !this.meant.some((one) => one.test(words)));
}

export type Storage = Awaited<ReturnType<BrowserContext["storageState"]>>;
export type Visit = Look & {
  url: string;
  meant?: RegExp[]; // complaints that the test is about
  storage?: Storage;
};
type Opened = { page: Page; close: () => Promise<void> };

export async function openPage({ url, meant = [], storage, ...look }: Visit): Promise<Opened> {
  const { width = "desktop", theme = "light", language = "en", isCalm = false } = look;
  if (!browser) throw new Error("the browser has not been started");
  const context = await browser.newContext({
    viewport: sizes[width],
    ...(width !== "desktop" && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
    colorScheme: theme,
    locale: language === "de" ? "de-DE" : "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: isCalm ? "reduce" : "no-preference",
    ...(storage && { storageState: storage }),
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const complaints = new Complaints(meant);
  context.on("page", (page) => complaints.listen(page));
  const page = await context.newPage();
  await page.goto(url);
  const close = async () => {
    await context.close();
    expect(complaints.unexpected()).toEqual([]);
  };
  return { page, close };
}

// A page at `url`, open until the test is over.
export async function visit(options: Visit): Promise<Page> {
  const { page, close } = await openPage(options);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") await keepPicture(page, task.name);
    await close();
  });
  return page;
}

async function keepPicture(page: Page, title: string): Promise<void> {
  const folder = process.env.BROWSER_FAILURES ?? join(import.meta.dirname, "../../../.cache/browser");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${title.replace(/[^a-z0-9]+/gi, "-").slice(-80)}.png`);
  try {
    await page.screenshot({ path });
    console.error(`what it looked like: ${path}`);
  } catch {
    // The page is gone, and with it what it looked like.
  }
}
