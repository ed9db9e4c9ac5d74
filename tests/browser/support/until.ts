// Waits for what is asked about again and again. Nothing here waits for a fixed time.
const PAUSE_MS = 25;
const TIMEOUT_MS = 15_000;

export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = TIMEOUT_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, null | undefined | false>;
    last = answer;
    if (Date.now() > deadline) throw new Error(`it never came true that ${what}: ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
