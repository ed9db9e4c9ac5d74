// Lists events, shows their seats as they change, books. Nothing but the public API is used.
const find = (id) => document.getElementById(id);
const list = find("events");
const state = find("state");
const more = find("more");
const dialog = find("booking");
const cards = new Map();
let page = "";
let stream;

// --- the API ---

// Resolves to the answer's JSON; rejects with the sentence of its google.rpc.Status.
async function call(path, body, key) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const json = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(json.message), { isFinal: answer.status < 500 });
  return json;
}

// --- cards ---

function formatTime(event) {
  const options = { dateStyle: "full", timeStyle: "short", timeZone: event.timeZone || undefined };
  try {
    return new Intl.DateTimeFormat(undefined, options).format(new Date(event.startTime));
  } catch {
    return event.startTime;
  }
}

function formatPrice(price) {
  if (!price?.currencyCode) return "free of charge";
  const amount = Number(price.units) + price.nanos / 1e9;
  return new Intl.NumberFormat(undefined, { style: "currency", currency: price.currencyCode }).format(amount);
}

function formatSeats(event) {
  if (event.state === "EVENT_STATE_CANCELLED") return "cancelled";
  if (event.seatsAvailable === 0) return "sold out";
  return `${event.seatsAvailable} of ${event.capacity} seats, ${formatPrice(event.price)}`;
}

function makeCard(event) {
  const card = find("event").content.cloneNode(true).firstElementChild;
  card.querySelector(".book").addEventListener("click", () => openBooking(cards.get(event.id).event));
  list.append(card);
  cards.set(event.id, { card });
  return card;
}

function show(event) {
  const card = cards.get(event.id)?.card ?? makeCard(event);
  const seats = card.querySelector(".seats");
  const text = formatSeats(event);
  cards.get(event.id).event = event;
  card.querySelector("h2").textContent = event.name;
  card.querySelector(".when").textContent = formatTime(event);
  card.querySelector(".where").textContent = [event.locationName, event.hall, event.country].filter(Boolean).join(", ");
  card.querySelector(".description").textContent = event.description;
  card.querySelector(".book").disabled = event.state !== "EVENT_STATE_PUBLISHED" || event.seatsAvailable === 0;
  card.querySelector(".book").setAttribute("aria-label", `Book ${event.name}`);
  if (seats.textContent && seats.textContent !== text) {
    seats.classList.remove("changed");
    void seats.offsetWidth; // lets the animation begin again
    seats.classList.add("changed");
  }
  seats.textContent = text;
}

function drop(id) {
  cards.get(id)?.card.remove();
  cards.delete(id);
}

// --- list and stream ---

async function load(isNext) {
  const parameters = new URLSearchParams({ pageSize: 30 });
  if (find("query").value) parameters.set("query", find("query").value);
  if (find("with-seats").checked) parameters.set("withSeats", "true");
  if (isNext) parameters.set("pageToken", page);
  try {
    const answer = await call(`v1/events?${parameters}`);
    if (!isNext) {
      list.replaceChildren();
      cards.clear();
      follow(answer.watchToken);
    }
    answer.events.forEach(show);
    page = answer.nextPageToken;
    more.hidden = !page;
    state.textContent = answer.totalSize === 1 ? "1 event" : `${answer.totalSize} events`;
  } catch (error) {
    state.textContent = `The events cannot be shown: ${error.message}`;
  }
}

// From the list's own moment on, so that no change is missed between the two.
function follow(token) {
  stream?.close();
  stream = new EventSource(`v1/events:watch?${new URLSearchParams(token ? { resumeToken: token } : {})}`);
  stream.onmessage = (message) => {
    const { change, event } = JSON.parse(message.data);
    if (change === "EVENT_CHANGE_RESET") load(false);
    else if (change === "EVENT_CHANGE_DELETED") drop(event.id);
    else if (cards.has(event.id)) show(event);
  };
}

// --- booking ---

let chosen;
let key; // of one wish: pressing again after a lost answer must not book twice

const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

function openBooking(event) {
  chosen = event;
  key = newKey();
  find("booking-title").textContent = event.name;
  dialog.querySelector(".answer").textContent = "";
  for (const [name, value] of Object.entries(JSON.parse(localStorage.getItem("user") ?? "{}")))
    if (dialog.querySelector(`[name=${name}]`)) dialog.querySelector(`[name=${name}]`).value = value;
  dialog.showModal();
}

// The same person is one user: their id is kept with what they typed.
async function signIn(person) {
  const known = JSON.parse(localStorage.getItem("user") ?? "{}");
  const isSame = ["firstName", "lastName", "email"].every((name) => known[name] === person[name]);
  if (known.id && isSame) return known.id;
  const user = await call("v1/users", person, `user-${key}`);
  localStorage.setItem("user", JSON.stringify({ ...person, id: user.id }));
  return user.id;
}

async function book(form) {
  const data = new FormData(form);
  const answer = dialog.querySelector(".answer");
  answer.textContent = "Booking …";
  try {
    const person = Object.fromEntries(["firstName", "lastName", "email"].map((name) => [name, data.get(name)]));
    const userId = await signIn(person);
    const seats = Number(data.get("seats"));
    const booking = await call(`v1/events/${chosen.id}/bookings`, { userId, seats }, key);
    answer.textContent = `Booked: ${booking.seats === 1 ? "1 seat" : `${booking.seats} seats`}.`;
    key = newKey();
  } catch (error) {
    answer.textContent = error.message;
    if (error.isFinal) key = newKey();
  }
}

dialog.querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value === "cancel") return;
  event.preventDefault();
  book(event.target);
});
find("search").addEventListener("submit", (event) => {
  event.preventDefault();
  load(false);
});
find("with-seats").addEventListener("change", () => load(false));
more.addEventListener("click", () => load(true));
load(false);
