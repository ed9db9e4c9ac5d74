// axe's rules for WCAG 2.2 at the levels A and AA, and its best practices.
import axe, { type AxeResults, type RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { untilStill } from "./still";

const all: RunOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
};
const contrast: RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };

async function run(page: Page, options: RunOptions): Promise<string[]> {
  await untilStill(page);
  const results = (await page.evaluate(
    (asked) => (globalThis as unknown as { axe: typeof axe }).axe.run({ ...asked, preload: false }),
    { ...options, resultTypes: ["violations"] } as RunOptions,
  )) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = "" }) => `${id}: ${target}: ${failureSummary.split("\n").slice(1).join(" ")}`,
    ),
  );
}

// What is against them in either theme, one line each: the rule, where, and why. The themes differ in colours alone.
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const light = await run(page, all);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await run(page, contrast);
  await page.emulateMedia({ colorScheme: "light" });
  return [...light, ...dark.map((words) => `dark: ${words}`)];
}
