import { expect, test } from "vitest";
import { type Box, ends, FLOWS, layoutFor, NODES } from "./layout";

const WIDTHS = [280, 302, 360, 560, 700, 759, 760, 900, 1056, 1400];
const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const touches = (box: Box, x: number, y: number): boolean =>
  x >= box.x - 0.1 && x <= box.x + box.width + 0.1 && y >= box.y - 0.1 && y <= box.y + box.height + 0.1;

test("every part has room of its own within the map, whatever its width", () => {
  for (const width of WIDTHS) {
    const { boxes, height } = layoutFor(width);
    for (const [i, id] of NODES.entries()) {
      const box = boxes[id];
      expect(box.x >= 0 && box.x + box.width <= width + 0.1 && box.y >= 0 && box.y + box.height <= height).toBe(true);
      for (const other of NODES.slice(i + 1))
        expect(overlaps(box, boxes[other]), `${id} and ${other} at ${width}`).toBe(false);
    }
  }
});

test("every line begins and ends at the rims of the parts that it joins", () => {
  for (const width of WIDTHS) {
    const { boxes, lines } = layoutFor(width);
    for (const flow of FLOWS) {
      const numbers = lines[flow].path.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
      const [from, to] = ends[flow];
      expect(touches(boxes[from], numbers[0] ?? NaN, numbers[1] ?? NaN), `${flow} leaves ${from} at ${width}`).toBe(
        true,
      );
      expect(
        touches(boxes[to], numbers.at(-2) ?? NaN, numbers.at(-1) ?? NaN),
        `${flow} reaches ${to} at ${width}`,
      ).toBe(true);
    }
  }
});

test("numbers on the lines do not lie upon a part or upon each other", () => {
  for (const width of WIDTHS) {
    const { boxes, lines } = layoutFor(width);
    for (const [i, flow] of FLOWS.entries()) {
      const { x, y } = lines[flow].label;
      for (const id of NODES) {
        const { [id]: box } = boxes;
        const isIn = x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
        expect(isIn, `${flow} upon ${id} at ${width}`).toBe(false);
      }
      for (const other of FLOWS.slice(i + 1)) {
        const { x: otherX, y: otherY } = lines[other].label;
        const isApart = Math.abs(x - otherX) >= 44 || Math.abs(y - otherY) >= 18;
        expect(isApart, `${flow} upon ${other} at ${width}`).toBe(true);
      }
    }
  }
});
