import { expect, test } from "vitest";
import { SseParser } from "./sse";

const STREAM = 'retry: 1000\n\nid: a-1\ndata: {"x":\r\ndata: 1}\n\n: beat\r\n\r\nid: a-2\revent: error\rdata:no\r\r';

test("a stream means the same wherever its chunks end", () => {
  const whole = new SseParser().push(`${STREAM}\n`);
  expect(whole).toEqual([
    { kind: "retry", ms: 1000 },
    { kind: "event", event: { id: "a-1", type: "message", data: '{"x":\n1}' } },
    { kind: "beat" },
    { kind: "event", event: { id: "a-2", type: "error", data: "no" } },
  ]);
  for (let cut = 1; cut < STREAM.length; cut++) {
    const parser = new SseParser();
    const items = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut)), ...parser.push("\n")];
    expect(items, `cut at ${cut}`).toEqual(whole);
  }
});

test("the id stays until there is another", () => {
  const items = new SseParser().push("id: 7\ndata: a\n\ndata: b\n\n");
  expect(items.map((item) => item.kind === "event" && item.event.id)).toEqual(["7", "7"]);
});

test("a line without an end is given up", () => {
  const parser = new SseParser();
  expect(() => parser.push("x".repeat(2 * 1024 * 1024))).toThrow();
});
