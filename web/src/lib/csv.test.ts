import { expect, test } from "vitest";
import { csv, fileName } from "./csv";

const lines = (text: string) => text.replace("\uFEFF", "");

test("lines end as RFC 4180 says, and begin with a mark for UTF-8", () => {
  expect(csv(["Name", "Seats"], [["Ada", 2]])).toBe("\uFEFFName,Seats\r\nAda,2\r\n");
});

test("what would break a line or a cell is quoted", () => {
  expect(lines(csv(["a"], [['Smith, "Joe"\nJr.']]))).toBe('a\r\n"Smith, ""Joe""\nJr."\r\n');
});

test("a text that a spreadsheet would calculate stays a text", () => {
  const rows = ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "a=1"].map((text) => [text]);
  expect(
    lines(csv(["a"], rows))
      .split("\r\n")
      .slice(1, -1),
  ).toEqual(["'=1+1", "'+49 30", "'-2", "'@SUM(A1)", "'\t=1", "a=1"]);
  expect(lines(csv(["a"], [['=HYPERLINK("x","y")']]))).toBe('a\r\n"\'=HYPERLINK(""x"",""y"")"\r\n');
  expect(lines(csv(["a"], [[-2]]))).toBe("a\r\n-2\r\n"); // a number of ours is one
});

test("a file is named after what it holds", () => {
  expect(fileName("Tosca: Akt 1/2 – Große Oper", "csv")).toBe("tosca-akt-1-2-große-oper.csv");
  expect(fileName("../..", "csv")).toBe("list.csv");
});
