// All that the system page says; apart from the rest because only who opens it loads it. German stands beside it.

const number = (n: number) => n.toLocaleString("en");
const records = (n: number) => (n === 1 ? "1 record" : `${number(n)} records`);

export const en = {
  title: "The system at work",
  lead: "What is behind the pages: every part, what it does at this moment, and what keeps your seats right.",
  failedTitle: "The system does not answer",
  offTitle: "This system tells nothing of itself",
  offText: "Whoever runs it has switched that off (INTROSPECTION=off). Events and bookings work as ever.",
  overall: {
    well: "All parts are running",
    troubled: (names: string) => `Needs attention: ${names}`,
    away: "The gateway does not answer",
  },
  age: {
    now: "As of this moment",
    ago: (seconds: number) => `Last heard ${number(seconds)} s ago`,
    stale: (seconds: number) =>
      `Nothing was heard for ${number(seconds)} seconds. What you see is old; it is asked for again every two seconds.`,
  },
  states: {
    serving: "Running",
    not_serving: "Not serving",
    draining: "Shutting down",
    unreachable: "Not reachable",
    unknown: "Not known",
  },
  glance: {
    title: "At a glance",
    requests: "Requests",
    bookings: "Bookings",
    slowest: "99 of 100 answered within",
    waiting: "On their way to the other service",
    perSecond: "per second",
    records: (n: number): string => (n === 1 ? "record" : "records"),
    chart: (name: string, least: string, most: string) => `${name}, lately: between ${least} and ${most}`,
    chartEmpty: (name: string) => `${name}: no numbers yet`,
  },
  map: {
    title: "The map",
    lead: "Follow a booking: it runs along the lines. Dots move where something happens.",
    memory: (size: string) => `${size} RAM`,
    waiting: (n: number) => `Outbox: ${number(n)}`,
    onDisk: (size: string) => `${size} (LMDB)`,
    streams: (n: number) => (n === 1 ? "1 stream" : `${n} streams`),
    you: "You are here",
    table: "The lines of the map as a table",
    from: "From",
    to: "To",
    what: "What",
    rate: "Per second",
    notKnown: "not known",
  },
  nodes: {
    browser: "Browsers",
    gateway: "Gateway",
    event: "Event service",
    booking: "Booking service",
    eventStore: "Store of events",
    bookingStore: "Store of bookings",
    bus: "Redis streams",
  },
  flows: {
    "browser-gateway": "Requests (HTTP, JSON)",
    "gateway-event": "Calls (gRPC)",
    "gateway-booking": "Calls (gRPC)",
    "event-booking": "Calls (gRPC): seats when an organiser changes them",
    "booking-event": "Calls (gRPC): an event not heard of yet",
    "event-store": "Commits to disk",
    "booking-store": "Commits to disk",
    "event-bus": "Records from the outbox",
    "booking-bus": "Records from the outbox",
    "bus-event": "Records applied",
    "bus-booking": "Records applied",
  },
  parts: {
    title: "What each part is",
    fails: "If it fails",
    state: "State",
    reason: "Reason",
    version: "Version",
    uptime: "Running for",
    memory: "Memory",
    cpu: "Processor",
    cpuShare: (percent: string) => `${percent} of one core`,
    instance: "Instance",
    health: "Health",
    healthNames: {
      "myevents.store": "store",
      "myevents.bus": "bus",
    } as Record<string, string>,
    healthy: "well",
    unhealthy: "not serving",
    onDisk: "On disk",
    commits: "Commits",
    notTold: "Only what its neighbours know of it can be told.",
    what: {
      browser:
        "You, everybody else who books, and this page: it asks every two seconds and works out the rates itself.",
      gateway:
        "The door. It translates between the web (HTTP and JSON) and the services (gRPC), by the description of the API alone, and keeps nothing.",
      event:
        "Knows what is on, where and when, and answers searches. How many seats are free it hears from the booking service.",
      booking:
        "Owns bookings and the seats themselves. Each event has one lane where orders are decided one after the other: that is why no seat is sold twice.",
      eventStore:
        "Events and halls on disk (LMDB). A change and the record that tells the others of it are one commit: both or neither.",
      bookingStore:
        "Bookings and seats on disk (LMDB). You are told “booked” only when it is there. The outbox is part of the same commit.",
      bus: "Carries what happened from one service to the other: out of the outbox, in order, without gaps, each record applied once.",
    },
    failing: {
      browser: "Send the same request again: it carries a key, so it never books twice.",
      gateway: "The pages stand still. It is started again, and has nothing to lose.",
      event: "Lists of events fail, bookings go on.",
      booking: "Nobody can book for a moment. It starts again from its store; what was confirmed stays confirmed.",
      eventStore:
        "The event service takes no more changes and ends. At the next start there is all that was confirmed.",
      bookingStore:
        "The booking service takes nothing more and ends. At the next start there is all that was confirmed.",
      bus: "Bookings go on, seats in lists grow old. Records wait in the outbox, and arrive when it is back.",
    },
  },
  methods: {
    title: "What is asked of whom",
    lead: "Faults are the system's own. Refusals are not: “sold out” is an answer, too.",
    over: "Over the last",
    spans: { "10": "10 s", "60": "1 min", "300": "5 min" } as Record<string, string>,
    method: "Method",
    rate: "Per second",
    refused: "Refused",
    faults: "Faults",
    p50: "Half within",
    p99: "99 % within",
    inFlight: "Under way",
    total: "Since start",
    all: "Show also what nobody has asked for",
    none: "Nobody has asked anything yet.",
    streams: "stays open",
    table: (name: string) => `Methods of: ${name}`,
  },
  bus: {
    title: "From outbox to inbox",
    lead: "What one service must know of the other travels as records. Here is how far behind they are.",
    way: (from: string, to: string) => `${from} to ${to}`,
    outbox: "In the outbox",
    age: "Oldest of them",
    lag: "Not yet applied",
    published: "Published",
    applied: "Applied",
    dead: "Set aside",
    caughtUp: "All that was written has arrived.",
    travelling: (n: number) => `${records(n)} on the way: that is usual while people book.`,
    late: (seconds: number) =>
      `Records have waited for ${number(seconds)} s. What the other service shows is that old; nothing is lost.`,
    broken:
      "The bus is away. Bookings go on and their records are kept in the outbox; the other service sees them when it is back.",
    deadText: (n: number) =>
      `${records(n)} could not be applied after five tries. They are kept with the reason: myeventsctl streams --replay.`,
    notTold: "Not known, because this service cannot be reached.",
  },
  seats: {
    title: "Do the seats add up?",
    formula: "capacity = free + held + sold",
    lead: "Before anything is stored, the booking service counts the seats of the event anew.",
    checked: (n: number) => (n === 1 ? "Checked once" : `Checked ${number(n)} times`),
    errors: (n: number) => (n === 1 ? "1 error" : `${number(n)} errors`),
    since: "since the booking service started",
    well: "Every batch added up.",
    never: "Nothing had to be checked since the start.",
    bad: (n: number) =>
      `${n === 1 ? "One batch" : `${number(n)} batches`} did not add up. Nothing wrong was stored: it was refused, and the event is closed until somebody has checked it with “myeventsctl verify”.`,
    notTold: "Not known, because the booking service cannot be reached.",
  },
  try: {
    title: "See it for yourself",
    steps: [
      "Open an event in a second window and hold seats. A dot runs from the browser over the gateway to the booking service and its store, and the new count comes back over Redis to the event service.",
      "Let a crowd come: “build/cli/myeventsctl loadgen” sells an event to 2,000 people at once. Watch the rates, and that the seats still add up.",
      "Kill a process (“kill -9”). It turns red here, comes back by itself, and no confirmed booking is missing.",
    ],
    events: "To the events",
  },
  units: {
    day: (n: number) => `${n} d`,
    hour: (n: number) => `${n} h`,
    minute: (n: number) => `${n} min`,
    second: (n: number) => `${n} s`,
  },
};

export type SystemStrings = typeof en;
