import type { Page } from "playwright-core";

// Waits until fonts are there and nothing moves any more; what never ends, as a spinner, is not waited for.
export async function untilStill(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        (one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  );
}
