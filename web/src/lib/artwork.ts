// Every event has a poster of its own: shapes and colours follow from its id and category, so it always looks the same.

export type Motif = "rings" | "waves" | "arches" | "bars" | "rays" | "dots";
export type Artwork = { motif: Motif; hue: number; accentHue: number; numbers: number[] };

const motifs: Record<string, Motif> = {
  ballet: "waves",
  classical: "rings",
  comedy: "dots",
  concert: "bars",
  dance: "waves",
  electronic: "bars",
  film: "rays",
  folk: "dots",
  jazz: "waves",
  opera: "arches",
  rock: "rays",
  "spoken-word": "dots",
  talk: "rings",
  theatre: "arches",
  vocal: "rings",
};
const fallback: Motif[] = ["rings", "waves", "arches", "bars", "rays", "dots"];

// FNV-1a, then xorshift: the same numbers from the same text, everywhere.
function* numbersOf(text: string): Generator<number, never> {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  state ||= 1;
  for (;;) {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    yield state / 2 ** 32;
  }
}

export function artworkOf(id: string, category: string): Artwork {
  const source = numbersOf(`${category}/${id}`);
  const next = () => source.next().value;
  for (let i = 0; i < 4; i++) next();
  const hue = Math.floor(next() * 360);
  return {
    motif: motifs[category] ?? fallback[Math.floor(next() * fallback.length)] ?? "rings",
    hue,
    accentHue: (hue + 100 + Math.floor(next() * 120)) % 360,
    numbers: Array.from({ length: 12 }, next),
  };
}
