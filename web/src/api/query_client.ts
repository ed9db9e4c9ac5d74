import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { live } from "./live";
import { isWorthRetrying } from "./problem";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, gcTime: 10 * 60_000, retry: isWorthRetrying, networkMode: "always" },
    mutations: { retry: isWorthRetrying, networkMode: "always" },
  },
});

// What somebody did is known at once, and what `changed` by it is asked for again. An answer that is under way by now may
// be from before it; where there was none yet, even asking again would only mean waiting for that one.
export async function learn(queryKey: QueryKey, data: unknown, changed: QueryKey[] = []): Promise<void> {
  const old = [queryKey, ...changed];
  await Promise.all(old.map((key) => queryClient.cancelQueries({ queryKey: key })));
  queryClient.setQueryData(queryKey, data);
  for (const key of changed) queryClient.invalidateQueries({ queryKey: key });
}

// Organisers' changes come in bursts; lists are asked for again once a burst is over.
const BURST_MS = 1500;
let burst: ReturnType<typeof setTimeout> | undefined;

live.onEffect = (effect) => {
  if (effect === "none" || effect === "seats") return;
  clearTimeout(burst);
  burst = setTimeout(() => queryClient.invalidateQueries({ queryKey: ["events"] }), effect === "lists" ? BURST_MS : 0);
};
