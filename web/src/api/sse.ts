// Server-sent events out of the chunks of a response. EventSource would do it too, but it tells nothing of heartbeats,
// and so not whether the stream still lives.

export type SseEvent = { id: string; type: string; data: string };
export type SseItem = { kind: "event"; event: SseEvent } | { kind: "beat" } | { kind: "retry"; ms: number };

const LINE_SIZE_MAX = 1024 * 1024;

export class SseParser {
  private rest = "";
  private id = "";
  private type = "";
  private data: string[] = [];

  push(chunk: string): SseItem[] {
    const items: SseItem[] = [];
    this.rest += chunk;
    // A "\r" at the very end may be half of a "\r\n".
    const complete = this.rest.endsWith("\r") ? this.rest.slice(0, -1) : this.rest;
    const lines = complete.split(/\r\n|\r|\n/);
    this.rest = (lines.pop() ?? "") + this.rest.slice(complete.length);
    if (this.rest.length > LINE_SIZE_MAX) throw new Error("a line of the stream is too long");
    for (const line of lines) this.take(line, items);
    return items;
  }

  private take(line: string, items: SseItem[]): void {
    if (line === "") this.dispatch(items);
    else if (line.startsWith(":")) items.push({ kind: "beat" });
    else {
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "id" && !value.includes("\0")) this.id = value;
      else if (name === "event") this.type = value;
      else if (name === "data") this.data.push(value);
      else if (name === "retry" && /^\d+$/.test(value)) items.push({ kind: "retry", ms: Number(value) });
    }
  }

  private dispatch(items: SseItem[]): void {
    if (this.data.length > 0)
      items.push({
        kind: "event",
        event: { id: this.id, type: this.type || "message", data: this.data.join("\n") },
      });
    this.data = [];
    this.type = "";
  }
}
