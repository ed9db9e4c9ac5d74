import { expect, test } from "vitest";
import { countdown, spokenSeconds } from "./countdown";

const END = "2026-12-01T12:10:00Z";
const left = (seconds: number) => countdown(END, Date.parse(END) - seconds * 1000);

test("it counts whole seconds, and the last one to its end", () => {
  expect(left(600).text).toBe("10:00");
  expect(left(599.2).text).toBe("10:00");
  expect(left(61).text).toBe("1:01");
  expect(left(0.001).text).toBe("0:01");
  expect(left(0).text).toBe("0:00");
  expect(left(-5).text).toBe("0:00");
});

test("its phases are calm, soon and over", () => {
  expect([left(61).phase, left(60).phase, left(0.5).phase, left(0).phase]).toEqual(["calm", "soon", "soon", "over"]);
  expect(countdown(undefined, 0).phase).toBe("over");
  expect(countdown("never", 0).phase).toBe("over");
});

test("it is said at each minute, and then at 60, 30 and 10 seconds", () => {
  const said: number[] = [];
  for (let seconds = 180; seconds >= 0; seconds--) {
    const spoken = spokenSeconds(left(seconds));
    if (spoken !== said.at(-1)) said.push(spoken);
  }
  expect(said).toEqual([180, 120, 60, 30, 10, 0]);
});
