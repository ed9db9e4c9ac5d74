import { QueryClient } from "@tanstack/react-query";
import { live } from "./live";
import { isWorthRetrying } from "./problem";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, gcTime: 10 * 60_000, retry: isWorthRetrying, networkMode: "always" },
    mutations: { retry: isWorthRetrying, networkMode: "always" },
  },
});

// Organisers' changes come in bursts; lists are asked for again once a burst is over.
const BURST_MS = 1500;
let burst: ReturnType<typeof setTimeout> | undefined;

live.onEffect = (effect) => {
  if (effect === "none" || effect === "seats") return;
  clearTimeout(burst);
  burst = setTimeout(() => queryClient.invalidateQueries({ queryKey: ["events"] }), effect === "lists" ? BURST_MS : 0);
};
