# SPDX-License-Identifier: Apache-2.0
"""A client of MyEvents in Python: it lists events, watches the seats of one, books two of them exactly once, and shows
how a refusal is read.

    mkdir -p gen && python3 -m grpc_tools.protoc -I ../../proto --python_out=gen --grpc_python_out=gen \
        ../../proto/google/*/*.proto ../../proto/myevents/v1/*.proto
    python3 client.py [EVENT_ID]

On Debian these are the packages python3-grpcio and python3-grpc-tools. EVENT_SERVICE_ADDR and BOOKING_SERVICE_ADDR say
where the services are.
"""

import os
import queue
import random
import sys
import threading
import time
import uuid

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gen"))

from google.rpc import error_details_pb2, status_pb2
from myevents.v1 import booking_pb2, booking_service_pb2, booking_service_pb2_grpc
from myevents.v1 import event_service_pb2, event_service_pb2_grpc

ATTEMPT_TIMEOUT = 5  # seconds, of one try
CALL_TIMEOUT = 30  # of a call with all its tries
WATCH_TIMEOUT = 60
PAUSE_MAX = 2

# After these nobody knows whether the request was carried out: it may be sent again if it has a key, or changes
# nothing.
TRANSIENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def pause(attempt, error):
    """Waits a random time that grows with the attempts, so that clients do not come back all at once."""
    wait = random.uniform(0, min(PAUSE_MAX, 0.1 * 2**attempt))
    print(f"{error.code().name}: {error.details()}; again in {wait:.3f} s", file=sys.stderr)
    time.sleep(wait)


def retry(method, request):
    """Calls until the answer is final or the time is up."""
    end = time.monotonic() + CALL_TIMEOUT
    attempt = 0
    while True:
        try:
            return method(request, timeout=min(ATTEMPT_TIMEOUT, max(0, end - time.monotonic())))
        except grpc.RpcError as error:
            if error.code() not in TRANSIENT or time.monotonic() >= end:
                raise
            pause(attempt, error)
        attempt += 1


def watch(bookings, event_id):
    """Yields the seats of an event as they are, then after every change, until the time is up. A stream that breaks is
    opened again with the token of the last state seen: nothing is missed and nothing told twice."""
    end = time.monotonic() + WATCH_TIMEOUT
    request = booking_service_pb2.WatchAvailabilityRequest(event_id=event_id)
    attempt = 0
    while time.monotonic() < end:
        try:
            for state in bookings.WatchAvailability(request, timeout=end - time.monotonic()):
                request.resume_token = state.resume_token
                attempt = 0
                yield state.availability
        except grpc.RpcError as error:
            if error.code() not in TRANSIENT:
                raise
            pause(attempt, error)
        attempt += 1


def watch_in_background(bookings, event_id):
    """A queue of what the watch sees, then of the error that has ended it, or of None when its time is up."""
    seen = queue.Queue()

    def run():
        try:
            for seats in watch(bookings, event_id):
                seen.put(seats)
            seen.put(None)
        except grpc.RpcError as error:
            seen.put(error)

    threading.Thread(target=run, daemon=True).start()
    return seen


def show_seats(seen):
    seats = seen.get()
    if isinstance(seats, grpc.RpcError):
        raise seats
    if seats is None:
        sys.exit("the watch has ended")
    print(f"seats {seats.seats_available} of {seats.capacity} free, sequence {seats.sequence}")


def pick_event(events):
    """Shows some events with free seats and takes the first, or the one that the command line names."""
    found = retry(events.ListEvents, event_service_pb2.ListEventsRequest(with_seats=True, page_size=3)).events
    for event in found:
        print(f"event {event.id}: {event.name}, {event.seats_available} seats free")
    if len(sys.argv) > 1:
        return sys.argv[1]
    return found[0].id if found else sys.exit("no event has free seats")


def book_two_seats(bookings, event_id):
    """Returns the user whom it has created for that."""
    # A key stands for one thing that the user wants: made before the first try, the same in every one.
    ada = booking_pb2.User(first_name="Ada", last_name="Lovelace", email="ada@example.com")
    user = retry(
        bookings.CreateUser, booking_service_pb2.CreateUserRequest(user=ada, request_id=str(uuid.uuid4()))
    )
    print("user", user.id)

    hold = booking_service_pb2.CreateBookingRequest(
        event_id=event_id, user_id=user.id, seats=2, hold=True, request_id=str(uuid.uuid4())
    )
    booking = retry(bookings.CreateBooking, hold)
    print("held", booking.id)
    # Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
    booking = retry(bookings.CreateBooking, hold)
    print("sent again", booking.id)

    confirm = booking_service_pb2.ConfirmBookingRequest(booking_id=booking.id)
    print("confirmed", retry(bookings.ConfirmBooking, confirm).id)
    return user.id


def show_refusal(error):
    """A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people)."""
    print("refused", error.code().name)
    for key, value in error.trailing_metadata():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            reason, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(reason):
                print("reason", reason.reason)
            if detail.Unpack(request):
                for violation in request.field_violations:
                    print(f"field {violation.field}: {violation.description}")


def main():
    # A channel connects when the first call needs it, and again after its connection broke; one serves the program.
    events = event_service_pb2_grpc.EventServiceStub(
        grpc.insecure_channel(os.environ.get("EVENT_SERVICE_ADDR", "127.0.0.1:50051"))
    )
    bookings = booking_service_pb2_grpc.BookingServiceStub(
        grpc.insecure_channel(os.environ.get("BOOKING_SERVICE_ADDR", "127.0.0.1:50052"))
    )
    event_id = pick_event(events)
    seen = watch_in_background(bookings, event_id)
    show_seats(seen)
    user_id = book_two_seats(bookings, event_id)
    show_seats(seen)
    try:
        no_seats = booking_service_pb2.CreateBookingRequest(event_id=event_id, user_id=user_id, seats=0)
        retry(bookings.CreateBooking, no_seats)
    except grpc.RpcError as error:
        show_refusal(error)


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
