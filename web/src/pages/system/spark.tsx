import { useRef } from "react";
import { type Dot, SPARK_HEIGHT, sparkPaths } from "@/lib/sparkline";
import { useWidth } from "@/lib/use_width";

// The last minutes of a number, drawn small; what it says stands in the label.
export function Spark({ dots, now, label }: { dots: Dot[]; now: number; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const most = Math.max(0, ...dots.map(({ value }) => value ?? 0));
  return (
    <div ref={box} style={{ height: SPARK_HEIGHT }} className="mt-3">
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={SPARK_HEIGHT} className="block max-w-full">
          <line x1="0" x2={width} y1={SPARK_HEIGHT - 0.5} y2={SPARK_HEIGHT - 0.5} className="stroke-line" />
          {sparkPaths(dots, now, width, most).map(({ line, area }) => (
            <g key={line.slice(0, 24)}>
              <path d={area} className="fill-accent opacity-10" />
              <path
                d={line}
                fill="none"
                strokeWidth="2"
                strokeLinejoin="round"
                strokeLinecap="round"
                className="stroke-accent"
              />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
