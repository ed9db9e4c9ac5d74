import type { ReactNode } from "react";
import { type Artwork as Art, artworkOf, type Motif } from "@/lib/artwork";

const WIDTH = 320;
const HEIGHT = 200;

const steps = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const at = (art: Art, i: number): number => art.numbers[i % art.numbers.length] ?? 0.5;

type Colours = { light: string; mid: string; accent: string };

function wave(y: number, height: number): string {
  return `M-20 ${y} C 60 ${y - height}, 120 ${y + height}, 180 ${y} S 300 ${y - height}, 360 ${y} V ${HEIGHT + 20} H -20 Z`;
}

const motifs: Record<Motif, (art: Art, colours: Colours) => ReactNode> = {
  rings: (art, c) => (
    <>
      {steps(6).map((i) => (
        <circle
          key={i}
          cx={90 + at(art, 0) * 140}
          cy={70 + at(art, 1) * 70}
          r={20 + i * 26}
          fill={i === 0 ? c.accent : "none"}
          stroke={i % 2 ? c.light : c.mid}
          strokeWidth={i === 0 ? 0 : 3 + at(art, i) * 11}
        />
      ))}
    </>
  ),
  waves: (art, c) => (
    <>
      <circle cx={60 + at(art, 0) * 200} cy={62} r={28 + at(art, 1) * 16} fill={c.accent} />
      {steps(4).map((i) => (
        <path
          key={i}
          d={wave(88 + i * 30, 18 + at(art, i + 2) * 36)}
          fill={i % 2 ? c.light : c.mid}
          opacity={0.55 + i * 0.12}
        />
      ))}
    </>
  ),
  arches: (art, c) => (
    <>
      {steps(5).map((i) => {
        const x = 8 + i * 64;
        const top = 60 + at(art, i) * 70;
        return (
          <path
            key={i}
            d={`M${x} ${HEIGHT} V${top} a24 24 0 0 1 48 0 V${HEIGHT} Z`}
            fill={i === Math.floor(at(art, 6) * 5) ? c.accent : i % 2 ? c.light : c.mid}
          />
        );
      })}
    </>
  ),
  bars: (art, c) => (
    <>
      {steps(12).map((i) => {
        const height = 30 + at(art, i) * 140;
        return (
          <rect
            key={i}
            x={12 + i * 25}
            y={(HEIGHT - height) / 2}
            width="14"
            height={height}
            rx="7"
            fill={i === Math.floor(at(art, 3) * 12) ? c.accent : i % 3 ? c.light : c.mid}
          />
        );
      })}
    </>
  ),
  rays: (art, c) => {
    const x = 60 + at(art, 0) * 200;
    const turn = at(art, 1) * 20;
    return (
      <>
        {steps(12).map((i) => (
          <path
            key={i}
            d={`M${x} 150 L${x - 44} -260 L${x + 44} -260 Z`}
            transform={`rotate(${turn + i * 30} ${x} 150)`}
            fill={i % 2 ? c.light : c.mid}
            opacity={i % 2 ? 0.75 : 0.5}
          />
        ))}
        <circle cx={x} cy="150" r={30 + at(art, 2) * 18} fill={c.accent} />
      </>
    );
  },
  dots: (art, c) => (
    <>
      {steps(40).map((i) => (
        <circle
          key={i}
          cx={22 + (i % 8) * 40}
          cy={20 + Math.floor(i / 8) * 40}
          r={5 + at(art, i + Math.floor(i / 8)) * 13}
          fill={i === Math.floor(at(art, 5) * 40) ? c.accent : i % 3 ? c.light : c.mid}
        />
      ))}
    </>
  ),
};

// Decoration: it says nothing that is not also said in words.
export function Artwork({ id, category, className }: { id: string; category: string; className?: string }) {
  const art = artworkOf(id, category);
  const colours = {
    light: `oklch(0.72 0.12 ${art.hue})`,
    mid: `oklch(0.58 0.14 ${(art.hue + 24) % 360})`,
    accent: `oklch(0.84 0.15 ${art.accentHue})`,
  };
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMidYMid slice" className={className}>
      <rect width={WIDTH} height={HEIGHT} fill={`oklch(0.36 0.1 ${art.hue})`} />
      {motifs[art.motif](art, colours)}
    </svg>
  );
}
