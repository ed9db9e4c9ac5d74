import type { Page } from "playwright-core";

const QUIET_FRAMES = 3;

// Waits until fonts are there, nothing moves any more and some frames have changed nothing: what a change of the
// window's size leads to is drawn a frame later. What never ends, as a spinner, is not waited for.
export async function untilStill(page: Page): Promise<void> {
  await page.evaluate(async (quietFrames) => {
    await document.fonts.ready;
    const isMoving = (one: Animation) =>
      one.playState === "running" && one.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY;
    const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let quiet = 0;
    const observer = new MutationObserver(() => {
      quiet = 0;
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    while (quiet < quietFrames) {
      await nextFrame();
      quiet = document.fonts.status === "loaded" && !document.getAnimations().some(isMoving) ? quiet + 1 : 0;
    }
    observer.disconnect();
  }, QUIET_FRAMES);
}
