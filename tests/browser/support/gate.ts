import type { BrowserContext, Request } from "playwright-core";

// Closes a gate, in all tabs of a browser; requests that are meant wait there until what is returned opens it.
export async function closeGate(context: BrowserContext, isMeant: (request: Request) => boolean): Promise<() => void> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  await context.route("**/v1/**", async (route) => {
    if (isMeant(route.request())) await opened;
    await route.continue().catch(() => {}); // nobody waits for it any more
  });
  return open;
}

export const isChange = (request: Request): boolean => request.method() !== "GET";
