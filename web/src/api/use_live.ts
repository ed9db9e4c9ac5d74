import { useSyncExternalStore } from "react";
import type { Event } from "./client";
import { live } from "./live";
import type { LiveStatus } from "./live_state";

export const useLiveStatus = (): LiveStatus => useSyncExternalStore(live.subscribe, live.getStatus);

// The event as last heard of. Draws again only when this one changed.
export const useLiveEvent = (event: Event, askedAt: number): Event =>
  useSyncExternalStore(live.subscribe, () => live.get(event, askedAt));
