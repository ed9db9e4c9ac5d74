// One stream of changes for the whole tab. Pages read through useLiveEvent(); nobody else opens a stream.
import type { Event } from "./client";
import {
  backoffMs,
  LIVE_START,
  type LiveEffect,
  type LiveMessage,
  type LiveStatus,
  newest,
  reduceLive,
} from "./live_state";
import { serverClock } from "./server_clock";
import { SseParser } from "./sse";

// The server says every 15 s that it lives; two that are missed mean that it does not.
const SILENCE_MAX_MS = 35_000;
// A hidden tab gives its stream back after a while, and catches up when it is seen again.
const HIDDEN_MAX_MS = 60_000;

class Live {
  private state = LIVE_START;
  private status: LiveStatus = "resting";
  private listeners = new Set<() => void>();
  private abort: AbortController | undefined;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  onEffect: (effect: LiveEffect) => void = () => {};

  // From a list's watch_token on; without one, from now on, and what was asked for before is asked for again.
  start(watchToken = ""): void {
    if (this.status !== "resting") return;
    this.state = { ...this.state, token: watchToken };
    addEventListener("online", () => this.reconnect());
    addEventListener("offline", () => this.lose("offline"));
    document.addEventListener("visibilitychange", () => this.onVisibility());
    this.connect();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  getStatus = (): LiveStatus => this.status;
  get = (event: Event, askedAt: number): Event => newest(this.state, event, askedAt);
  peek = (id: string): Event | undefined => this.state.events.get(id)?.event;

  reconnect(): void {
    if (this.status === "resting" || this.status === "live") return;
    this.failures = 0;
    this.connect();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private setStatus(status: LiveStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.tell();
  }

  private onVisibility(): void {
    clearTimeout(this.hiddenTimer);
    if (!document.hidden) this.reconnect();
    else this.hiddenTimer = setTimeout(() => this.lose("stale"), HIDDEN_MAX_MS);
  }

  private lose(status: LiveStatus): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
    this.setStatus(status);
  }

  private async connect(): Promise<void> {
    clearTimeout(this.timer);
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    if (this.status === "resting") this.setStatus("connecting");
    try {
      await this.read(abort);
    } catch {
      // What failed does not matter: the way on is the same.
    }
    if (this.abort !== abort) return; // another one has begun, or nobody looks
    this.abort = undefined;
    this.setStatus(navigator.onLine ? "stale" : "offline");
    this.timer = setTimeout(() => this.connect(), backoffMs(this.failures++, Math.random()));
  }

  private async read(abort: AbortController): Promise<void> {
    const token = this.state.token;
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MAX_MS);
    try {
      const askedAt = Date.now();
      const response = await fetch("/v1/events:watch", {
        signal: abort.signal,
        cache: "no-store",
        headers: { Accept: "text/event-stream", ...(token && { "Last-Event-ID": token }) },
      });
      serverClock.learn(response.headers.get("Date"), askedAt, Date.now());
      if (response.status === 400) this.state = { ...this.state, token: "" }; // a token that nobody knows
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      this.failures = 0;
      this.setStatus("live");
      if (!token) this.onEffect("everything");
      const parser = new SseParser();
      for await (const chunk of readText(response.body)) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MAX_MS);
        for (const item of parser.push(chunk)) if (item.kind === "event") this.take(item.event.type, item.event.data);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  private take(type: string, data: string): void {
    if (type !== "message") throw new Error(data);
    const { state, effect } = reduceLive(this.state, JSON.parse(data) as LiveMessage, Date.now());
    this.state = state;
    this.tell();
    this.onEffect(effect);
  }
}

async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export const live = new Live();
