// SPDX-License-Identifier: Apache-2.0

// A client of MyEvents in Node: it lists events, watches the seats of one, books two of them exactly once, and shows
// how a refusal is read. The protos are loaded as they are; no code is generated.
//
//     npm ci --ignore-scripts
//     node client.js [EVENT_ID]
//
// EVENT_SERVICE_ADDR and BOOKING_SERVICE_ADDR say where the services are.
'use strict';

const { randomUUID } = require('node:crypto');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const ATTEMPT_TIMEOUT = 5_000; // ms, of one try
const CALL_TIMEOUT = 30_000; // of a call with all its tries
const WATCH_TIMEOUT = 60_000;
const PAUSE_MAX = 2_000;

const protos = path.join(__dirname, '../../proto');
const { myevents } = grpc.loadPackageDefinition(
  protoLoader.loadSync(['myevents/v1/event_service.proto', 'myevents/v1/booking_service.proto'], {
    includeDirs: [protos],
    keepCase: false,
    longs: String, // 64-bit numbers do not fit into those of JavaScript
    enums: String,
    defaults: true,
  }),
);

// After these nobody knows whether the request was carried out: it may be sent again if it has a key, or changes
// nothing.
function isTransient(error) {
  return error.code === grpc.status.UNAVAILABLE || error.code === grpc.status.DEADLINE_EXCEEDED;
}

// Waits a random time that grows with the attempts, so that clients do not come back all at once.
async function pause(attempt, error) {
  const wait = Math.random() * Math.min(PAUSE_MAX, 100 * 2 ** attempt);
  console.error(`${error.message}; again in ${wait.toFixed(0)} ms`);
  await sleep(wait);
}

// Calls until the answer is final or the time is up.
async function retry(client, method, request) {
  const call = promisify(client[method]).bind(client);
  const end = Date.now() + CALL_TIMEOUT;
  for (let attempt = 0; ; attempt++) {
    try {
      const deadline = Math.min(Date.now() + ATTEMPT_TIMEOUT, end);
      return await call(request, new grpc.Metadata(), { deadline });
    } catch (error) {
      if (!isTransient(error) || Date.now() >= end) throw error;
      await pause(attempt, error);
    }
  }
}

// Yields the seats of an event as they are, then after every change, until the time is up or nobody wants more. A
// stream that breaks is opened again with the token of the last state seen: nothing is missed and nothing told twice.
async function* watch(bookings, eventId) {
  const deadline = Date.now() + WATCH_TIMEOUT;
  let resumeToken = '';
  for (let attempt = 0; Date.now() < deadline; attempt++) {
    const stream = bookings.watchAvailability({ eventId, resumeToken }, { deadline });
    try {
      for await (const state of stream) {
        ({ resumeToken } = state);
        attempt = 0;
        yield state.availability;
      }
    } catch (error) {
      if (!isTransient(error)) throw error;
      await pause(attempt, error);
    } finally {
      stream.cancel();
    }
  }
}

async function showSeats(seen) {
  const { value: seats, done } = await seen;
  if (done) throw new Error('the watch has ended');
  console.log(`seats ${seats.seatsAvailable} of ${seats.capacity} free, sequence ${seats.sequence}`);
}

// Shows some events with free seats and takes the first, or the one that the command line names.
async function pickEvent(events) {
  const list = await retry(events, 'listEvents', { withSeats: true, pageSize: 3 });
  for (const event of list.events) console.log(`event ${event.id}: ${event.name}, ${event.seatsAvailable} seats free`);
  const eventId = process.argv[2] ?? list.events[0]?.id;
  if (!eventId) throw new Error('no event has free seats');
  return eventId;
}

// Returns the user whom it has created for that.
async function bookTwoSeats(bookings, eventId) {
  // A key stands for one thing that the user wants: made before the first try, the same in every one.
  const ada = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' };
  const user = await retry(bookings, 'createUser', { user: ada, requestId: randomUUID() });
  console.log('user', user.id);

  const hold = { eventId, userId: user.id, seats: 2, hold: true, requestId: randomUUID() };
  let booking = await retry(bookings, 'createBooking', hold);
  console.log('held', booking.id);
  // Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
  booking = await retry(bookings, 'createBooking', hold);
  console.log('sent again', booking.id);

  booking = await retry(bookings, 'confirmBooking', { bookingId: booking.id });
  console.log('confirmed', booking.id);
  return user.id;
}

// A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people).
function showRefusal(error) {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => path.join(protos, target);
  root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);
  const decode = (type, bytes) => root.lookupType(type).decode(bytes);

  console.log('refused', grpc.status[error.code]);
  for (const bytes of error.metadata.get('grpc-status-details-bin')) {
    for (const { type_url: url, value } of decode('google.rpc.Status', bytes).details) {
      if (url.endsWith('/google.rpc.ErrorInfo')) console.log('reason', decode('google.rpc.ErrorInfo', value).reason);
      if (url.endsWith('/google.rpc.BadRequest'))
        for (const { field, description } of decode('google.rpc.BadRequest', value).fieldViolations)
          console.log(`field ${field}: ${description}`);
    }
  }
}

// A client connects when its first call needs it, and again after its connection broke; one serves the whole program.
async function main() {
  const insecure = grpc.credentials.createInsecure();
  const { EVENT_SERVICE_ADDR = '127.0.0.1:50051', BOOKING_SERVICE_ADDR = '127.0.0.1:50052' } = process.env;
  const events = new myevents.v1.EventService(EVENT_SERVICE_ADDR, insecure);
  const bookings = new myevents.v1.BookingService(BOOKING_SERVICE_ADDR, insecure);

  const eventId = await pickEvent(events);
  const seats = watch(bookings, eventId);
  await showSeats(seats.next());
  const change = seats.next(); // listens while we book
  const userId = await bookTwoSeats(bookings, eventId);
  await showSeats(change);
  await seats.return();
  try {
    await retry(bookings, 'createBooking', { eventId, userId, seats: 0 });
  } catch (error) {
    showRefusal(error);
  }
  events.close();
  bookings.close();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
