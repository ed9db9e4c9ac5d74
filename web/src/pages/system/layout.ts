// Where the parts of the map stand and how the lines run, for the width that there is. In pixels.

export const NODES = ["browser", "gateway", "event", "booking", "eventStore", "bookingStore", "bus"] as const;
export const FLOWS = [
  "browser-gateway",
  "gateway-event",
  "gateway-booking",
  "event-booking",
  "booking-event",
  "event-store",
  "booking-store",
  "event-bus",
  "booking-bus",
  "bus-event",
  "bus-booking",
] as const;
export type NodeId = (typeof NODES)[number];
export type FlowId = (typeof FLOWS)[number];

// Which two parts a line joins, in the direction of what runs along it.
export const ends: Record<FlowId, readonly [NodeId, NodeId]> = {
  "browser-gateway": ["browser", "gateway"],
  "gateway-event": ["gateway", "event"],
  "gateway-booking": ["gateway", "booking"],
  "event-booking": ["event", "booking"],
  "booking-event": ["booking", "event"],
  "event-store": ["event", "eventStore"],
  "booking-store": ["booking", "bookingStore"],
  "event-bus": ["eventStore", "bus"],
  "booking-bus": ["bookingStore", "bus"],
  "bus-event": ["bus", "event"],
  "bus-booking": ["bus", "booking"],
};

export type Box = { x: number; y: number; width: number; height: number };
export type Point = { x: number; y: number };
export type Line = { path: string; label: Point };
export type Layout = {
  isWide: boolean;
  height: number;
  boxes: Record<NodeId, Box>;
  lines: Record<FlowId, Line>;
};

const WIDE_FROM = 760;
const NARROW_MAX = 560;

const at = (box: Box, right: number, down: number): Point => ({
  x: box.x + box.width * right,
  y: box.y + box.height * down,
});
const said = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
const between = (a: Point, b: Point, share = 0.5): Point => ({
  x: a.x + (b.x - a.x) * share,
  y: a.y + (b.y - a.y) * share,
});

const straight = (a: Point, b: Point, share = 0.5): Line => ({
  path: `M${said(a)} L${said(b)}`,
  label: between(a, b, share),
});

// Leaves and arrives level, or upright.
function level(a: Point, b: Point, share = 0.5): Line {
  const x = (a.x + b.x) / 2;
  return { path: `M${said(a)} C${said({ x, y: a.y })} ${said({ x, y: b.y })} ${said(b)}`, label: between(a, b, share) };
}
function upright(a: Point, b: Point, share = 0.5): Line {
  const y = (a.y + b.y) / 2;
  return { path: `M${said(a)} C${said({ x: a.x, y })} ${said({ x: b.x, y })} ${said(b)}`, label: between(a, b, share) };
}
// Leaves level and arrives upright.
function bent(a: Point, b: Point): Line {
  const corner = { x: b.x, y: a.y };
  return {
    path: `M${said(a)} C${said(corner)} ${said(corner)} ${said(b)}`,
    label: between(between(a, b), corner, 0.75),
  };
}

// Four columns: who asks, the door, the services, what they keep.
function wide(width: number): Layout {
  const across = Math.min(216, Math.floor(width * 0.195));
  const gap = (width - 4 * across) / 3;
  const tall = 118;
  const apart = 62;
  const box = (column: number, row: number): Box => ({
    x: column * (across + gap),
    y: row * (tall + apart),
    width: across,
    height: tall,
  });
  const boxes = {
    browser: box(0, 1),
    gateway: box(1, 1),
    event: box(2, 0),
    booking: box(2, 2),
    eventStore: box(3, 0),
    bookingStore: box(3, 2),
    bus: box(3, 1),
  };
  const { browser, gateway, event, booking, eventStore, bookingStore, bus } = boxes;
  return {
    isWide: true,
    height: 3 * tall + 2 * apart,
    boxes,
    lines: {
      "browser-gateway": straight(at(browser, 1, 0.5), at(gateway, 0, 0.5)),
      "gateway-event": level(at(gateway, 1, 0.35), at(event, 0, 0.5)),
      "gateway-booking": level(at(gateway, 1, 0.65), at(booking, 0, 0.5)),
      "event-booking": straight(at(event, 0.22, 1), at(booking, 0.22, 0), 0.38),
      "booking-event": straight(at(booking, 0.5, 0), at(event, 0.5, 1), 0.38),
      "event-store": straight(at(event, 1, 0.5), at(eventStore, 0, 0.5)),
      "booking-store": straight(at(booking, 1, 0.5), at(bookingStore, 0, 0.5)),
      "event-bus": straight(at(eventStore, 0.5, 1), at(bus, 0.5, 0)),
      "booking-bus": straight(at(bookingStore, 0.5, 0), at(bus, 0.5, 1)),
      "bus-event": bent(at(bus, 0, 0.35), at(event, 0.86, 1)),
      "bus-booking": bent(at(bus, 0, 0.65), at(booking, 0.86, 0)),
    },
  };
}

// The same from above to below, the way back from the bus along the rims.
function narrow(whole: number): Layout {
  const width = Math.min(whole, NARROW_MAX);
  const left = (whole - width) / 2;
  const rim = 14;
  const gap = 48;
  const across = (width - 2 * rim - gap) / 2;
  const tall = 126;
  const apart = 54;
  const middle = across + 40;
  const centred = (y: number, height: number): Box => ({
    x: left + (width - middle) / 2,
    y,
    width: middle,
    height,
  });
  const rows = [0, 76 + apart, 76 + tall + 2 * apart, 76 + 2 * tall + 3 * apart, 76 + 3 * tall + 4 * apart] as const;
  const side = (column: number, y: number): Box => ({
    x: left + rim + column * (across + gap),
    y,
    width: across,
    height: tall,
  });
  const boxes = {
    browser: centred(rows[0], 76),
    gateway: centred(rows[1], tall),
    event: side(0, rows[2]),
    booking: side(1, rows[2]),
    eventStore: side(0, rows[3]),
    bookingStore: side(1, rows[3]),
    bus: centred(rows[4], tall),
  };
  const { browser, gateway, event, booking, eventStore, bookingStore, bus } = boxes;
  return {
    isWide: false,
    height: rows[4] + tall,
    boxes,
    lines: {
      "browser-gateway": straight(at(browser, 0.5, 1), at(gateway, 0.5, 0)),
      "gateway-event": upright(at(gateway, 0.3, 1), at(event, 0.5, 0)),
      "gateway-booking": upright(at(gateway, 0.7, 1), at(booking, 0.5, 0)),
      "event-booking": straight(at(event, 1, 0.25), at(booking, 0, 0.25)),
      "booking-event": straight(at(booking, 0, 0.75), at(event, 1, 0.75)),
      "event-store": straight(at(event, 0.5, 1), at(eventStore, 0.5, 0)),
      "booking-store": straight(at(booking, 0.5, 1), at(bookingStore, 0.5, 0)),
      "event-bus": upright(at(eventStore, 0.6, 1), at(bus, 0.3, 0)),
      "booking-bus": upright(at(bookingStore, 0.4, 1), at(bus, 0.7, 0)),
      "bus-event": around(at(bus, 0, 0.6), left + 1.5, at(event, 0, 0.5)),
      "bus-booking": around(at(bus, 1, 0.6), left + width - 1.5, at(booking, 1, 0.5)),
    },
  };
}

// Out to the rim, up along it, and in again.
function around(a: Point, rim: number, b: Point): Line {
  const round = Math.min(12, Math.abs(a.x - rim), Math.abs(b.x - rim));
  const outward = rim < a.x ? round : -round;
  return {
    path:
      `M${said(a)} L${said({ x: rim + outward, y: a.y })} Q${said({ x: rim, y: a.y })} ${said({ x: rim, y: a.y - round })} ` +
      `L${said({ x: rim, y: b.y + round })} Q${said({ x: rim, y: b.y })} ${said({ x: rim + outward, y: b.y })} L${said(b)}`,
    label: { x: (a.x + rim) / 2, y: a.y },
  };
}

export const layoutFor = (width: number): Layout => (width >= WIDE_FROM ? wide(width) : narrow(width));
