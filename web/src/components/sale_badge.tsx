import { Ban, Clock, Flame, PencilLine, Ticket } from "lucide-react";
import type { Event } from "@/api/client";
import { serverClock } from "@/api/server_clock";
import { type SaleState, saleState } from "@/lib/seats";
import { useStrings } from "@/strings";
import { Badge, type Tone } from "./badge";

const icon = "size-3.5";
const looks: Record<SaleState, { tone: Tone; icon: React.ReactNode }> = {
  on_sale: { tone: "good", icon: <Ticket aria-hidden className={icon} /> },
  few_left: { tone: "warn", icon: <Flame aria-hidden className={icon} /> },
  sold_out: { tone: "calm", icon: <Ban aria-hidden className={icon} /> },
  cancelled: { tone: "bad", icon: <Ban aria-hidden className={icon} /> },
  over: { tone: "calm", icon: <Clock aria-hidden className={icon} /> },
  draft: { tone: "calm", icon: <PencilLine aria-hidden className={icon} /> },
};

// How the sale of an event stands, in words and a shape: never by colour alone.
export function SaleBadge({ event }: { event: Event }) {
  const strings = useStrings();
  const state = saleState(event, serverClock.now());
  const words: Record<SaleState, string> = {
    on_sale: strings.event.seatsFree(event.seatsAvailable),
    few_left: strings.event.fewLeft(event.seatsAvailable),
    sold_out: strings.event.soldOut,
    cancelled: strings.event.cancelled,
    over: strings.event.over,
    draft: strings.event.draft,
  };
  return (
    <Badge tone={looks[state].tone} icon={looks[state].icon}>
      <span className="tabular-nums">{words[state]}</span>
    </Badge>
  );
}
