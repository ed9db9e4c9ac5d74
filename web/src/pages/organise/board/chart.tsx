// Seats sold over time: above what it comes to, below how many per interval. Drawn for the width that there is.
import { useId } from "react";
import { type Interval, niceMax, type Series } from "@/lib/sales_series";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";

const LEFT = 44; // for the numbers of the axis
const RIGHT = 8;
const TOP = 12;
const LINE_HEIGHT = 150;
const GAP = 34;
const BARS_HEIGHT = 64;
const FEET = 24; // for times below
export const CHART_HEIGHT = TOP + LINE_HEIGHT + GAP + BARS_HEIGHT + FEET;
const LABEL_WIDTH = 84;

type Axes = { x: (i: number) => number; line: (seats: number) => number; bar: (seats: number) => number };

const rounded = (value: number): string => value.toFixed(1);

function axesOf(series: Series, width: number, most: number, mostSold: number): Axes {
  const inner = width - LEFT - RIGHT;
  const count = series.intervals.length;
  return {
    x: (i) => LEFT + (i / count) * inner,
    line: (seats) => TOP + LINE_HEIGHT * (1 - seats / most),
    bar: (seats) => BARS_HEIGHT * (seats / mostSold),
  };
}

// From the beginning of each interval to its end.
function pathOf({ intervals, before }: Series, { x, line }: Axes): string {
  const points = intervals.map(({ total }, i) => `L${rounded(x(i + 1))} ${rounded(line(total))}`);
  return `M${rounded(x(0))} ${rounded(line(before))} ${points.join(" ")}`;
}

function Grid({ most, axes, width }: { most: number; axes: Axes; width: number }) {
  const language = useLanguage();
  return [0, 1, 2, 3, 4].map((step) => {
    const value = (most / 4) * step;
    const y = axes.line(value);
    return (
      <g key={step}>
        <line x1={LEFT} x2={width - RIGHT} y1={y} y2={y} className="stroke-line" />
        <text x={LEFT - 8} y={y + 4} textAnchor="end" className="fill-soft text-[0.6875rem] tabular-nums">
          {value.toLocaleString(language, { notation: value >= 10_000 ? "compact" : "standard" })}
        </text>
      </g>
    );
  });
}

const FLOOR = TOP + LINE_HEIGHT + GAP + BARS_HEIGHT;

type Words = { when: (at: number) => string; short: (at: number) => string };

// Where seats came back, two narrow bars share the interval.
function Bars({ intervals, axes, words }: { intervals: Interval[]; axes: Axes; words: Words }) {
  const { chart } = useOrganise();
  return intervals.map(({ from, sold, returned, total }, i) => {
    const x = axes.x(i);
    const width = axes.x(i + 1) - x;
    const gap = width > 6 ? 1.5 : 0.25;
    const parts = [
      { seats: sold, className: "fill-accent" },
      { seats: returned, className: "fill-line-strong" },
    ].filter(({ seats }) => seats > 0);
    const part = (width - 2 * gap) / parts.length;
    return (
      <g key={from}>
        {parts.map(({ seats, className }, at) => (
          <rect
            key={className}
            x={x + gap + at * part}
            y={FLOOR - axes.bar(seats)}
            width={Math.max(1, part)}
            height={axes.bar(seats)}
            rx={Math.min(3, part / 4)}
            className={className}
          />
        ))}
        <rect x={x} y={TOP} width={width} height={FLOOR - TOP} className="fill-ink opacity-0 hover:opacity-5">
          <title>{chart.bar(words.when(from), sold, returned, total)}</title>
        </rect>
      </g>
    );
  });
}

function Feet({ intervals, axes, words, width }: { intervals: Interval[]; axes: Axes; words: Words; width: number }) {
  const every = Math.max(1, Math.ceil((intervals.length * LABEL_WIDTH) / (width - LEFT - RIGHT)));
  return intervals.map(({ from }, i) =>
    i % every === 0 && axes.x(i) + LABEL_WIDTH <= width ? (
      <g key={from}>
        <line x1={axes.x(i)} x2={axes.x(i)} y1={FLOOR} y2={FLOOR + 5} className="stroke-line-strong" />
        <text x={axes.x(i)} y={FLOOR + 18} className="fill-soft text-[0.6875rem] tabular-nums">
          {words.short(from)}
        </text>
      </g>
    ) : null,
  );
}

export function Chart({ series, width, words }: { series: Series; width: number; words: Words }) {
  const { chart } = useOrganise();
  const id = useId();
  const { intervals, step } = series;
  const last = intervals.at(-1);
  const best = intervals.reduce((most, one) => (one.sold > most.sold ? one : most), intervals[0] as Interval);
  const most = niceMax(Math.max(series.before, ...intervals.map(({ total }) => total)));
  const mostAtOnce = Math.max(1, ...intervals.flatMap(({ sold, returned }) => [sold, returned]));
  const hasReturns = intervals.some(({ returned }) => returned > 0);
  const axes = axesOf(series, width, most, mostAtOnce);
  const path = pathOf(series, axes);
  const total = last?.total ?? 0;
  const first = intervals[0]?.from ?? 0;
  return (
    <svg
      role="img"
      aria-labelledby={`${id}-title ${id}-text`}
      width={width}
      height={CHART_HEIGHT}
      viewBox={`0 0 ${width} ${CHART_HEIGHT}`}
      className="block max-w-full"
    >
      <title id={`${id}-title`}>{chart.summary(total, words.when(first), words.when(last?.to ?? first))}</title>
      <desc id={`${id}-text`}>{chart.describe(total, best.sold, words.when(best.from))}</desc>
      <Grid most={most} axes={axes} width={width} />
      <path
        d={`${path} L${rounded(axes.x(intervals.length))} ${TOP + LINE_HEIGHT} L${LEFT} ${TOP + LINE_HEIGHT} Z`}
        className="fill-accent opacity-15"
      />
      <path d={path} fill="none" strokeWidth="2.5" strokeLinejoin="round" className="stroke-accent" />
      <circle cx={axes.x(intervals.length)} cy={axes.line(total)} r="4" className="fill-accent" />
      <text x={LEFT} y={TOP + LINE_HEIGHT + GAP - 12} className="fill-soft text-xs font-semibold">
        {chart.per(step.unit, step.count)}
        {hasReturns && ` ${chart.returnedInGrey}`}
      </text>
      <text
        x={LEFT - 8}
        y={FLOOR - BARS_HEIGHT + 8}
        textAnchor="end"
        className="fill-soft text-[0.6875rem] tabular-nums"
      >
        {mostAtOnce}
      </text>
      <line x1={LEFT} x2={width - RIGHT} y1={FLOOR} y2={FLOOR} className="stroke-line" />
      <Bars intervals={intervals} axes={axes} words={words} />
      <Feet intervals={intervals} axes={axes} words={words} width={width} />
    </svg>
  );
}
