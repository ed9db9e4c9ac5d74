# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# A client of MyEvents in Ruby: it lists events, watches the seats of one, books two of them exactly once, and shows how
# a refusal is read.
#
#     mkdir -p gen && grpc_tools_ruby_protoc -I ../../proto --ruby_out=gen --grpc_out=gen \
#         ../../proto/myevents/v1/*.proto
#     ruby client.rb [EVENT_ID]
#
# On Debian these are the packages ruby-grpc and ruby-grpc-tools. EVENT_SERVICE_ADDR and BOOKING_SERVICE_ADDR say where
# the services are.

$LOAD_PATH.unshift(File.join(__dir__, 'gen'))

require 'securerandom'
require 'google/protobuf/well_known_types'
require 'google/rpc/error_details_pb'
require 'google/rpc/status_pb'
require 'myevents/v1/booking_service_services_pb'
require 'myevents/v1/event_service_services_pb'

include Myevents::V1

ATTEMPT_TIMEOUT = 5 # seconds, of one try
CALL_TIMEOUT = 30 # of a call with all its tries
WATCH_TIMEOUT = 60
PAUSE_MAX = 2

# After these nobody knows whether the request was carried out: it may be sent again if it has a key, or changes
# nothing.
TRANSIENT = [GRPC::Unavailable, GRPC::DeadlineExceeded].freeze

def code_of(error)
  error.class.name.split('::').last
end

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

# Waits a random time that grows with the attempts, so that clients do not come back all at once.
def pause(attempt, error)
  wait = rand * [PAUSE_MAX, 0.1 * 2**attempt].min
  warn format('%<code>s: %<details>s; again in %<wait>.3f s', code: code_of(error), details: error.details, wait: wait)
  sleep wait
end

# Yields a deadline to a call, until the answer is final or the time is up.
def retrying
  finish = now + CALL_TIMEOUT
  attempt = 0
  begin
    yield Time.now + [ATTEMPT_TIMEOUT, finish - now].min
  rescue *TRANSIENT => e
    raise if now >= finish

    pause(attempt, e)
    attempt += 1
    retry
  end
end

# Yields the seats of an event as they are, then after every change, until the time is up. A stream that breaks is
# opened again with the token of the last state seen: nothing is missed and nothing told twice.
def watch(bookings, event_id)
  finish = now + WATCH_TIMEOUT
  request = WatchAvailabilityRequest.new(event_id: event_id)
  attempt = 0
  while now < finish
    begin
      bookings.watch_availability(request, deadline: Time.now + (finish - now)).each do |state|
        request.resume_token = state.resume_token
        attempt = 0
        yield state.availability
      end
    rescue *TRANSIENT => e
      pause(attempt, e)
    end
    attempt += 1
  end
end

# A queue of what the watch sees, then of the error that has ended it, if there is one; closed behind that.
def watch_in_background(bookings, event_id)
  seen = Queue.new
  Thread.new do
    watch(bookings, event_id) { |seats| seen << seats }
  rescue GRPC::BadStatus => e
    seen << e
  ensure
    seen.close
  end
  seen
end

def show_seats(seen)
  seats = seen.pop || abort('the watch has ended')
  raise seats if seats.is_a?(GRPC::BadStatus)

  puts "seats #{seats.seats_available} of #{seats.capacity} free, sequence #{seats.sequence}"
end

# Shows some events with free seats and takes the first, or the one that the command line names.
def pick_event(events)
  request = ListEventsRequest.new(with_seats: true, page_size: 3)
  found = retrying { |deadline| events.list_events(request, deadline: deadline) }.events
  found.each { |event| puts "event #{event.id}: #{event.name}, #{event.seats_available} seats free" }
  ARGV.first || found.first&.id || abort('no event has free seats')
end

# Returns the user whom it has created for that.
def book_two_seats(bookings, event_id)
  # A key stands for one thing that the user wants: made before the first try, the same in every one.
  ada = User.new(first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com')
  new_user = CreateUserRequest.new(user: ada, request_id: SecureRandom.uuid)
  user = retrying { |deadline| bookings.create_user(new_user, deadline: deadline) }
  puts "user #{user.id}"

  hold = CreateBookingRequest.new(event_id: event_id, user_id: user.id, seats: 2, hold: true,
                                  request_id: SecureRandom.uuid)
  booking = retrying { |deadline| bookings.create_booking(hold, deadline: deadline) }
  puts "held #{booking.id}"
  # Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
  booking = retrying { |deadline| bookings.create_booking(hold, deadline: deadline) }
  puts "sent again #{booking.id}"

  confirm = ConfirmBookingRequest.new(booking_id: booking.id)
  booking = retrying { |deadline| bookings.confirm_booking(confirm, deadline: deadline) }
  puts "confirmed #{booking.id}"
  user.id
end

# A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people).
def show_refusal(error)
  puts "refused #{code_of(error)}"
  (error.to_rpc_status&.details || []).each do |detail|
    if (info = detail.unpack(Google::Rpc::ErrorInfo))
      puts "reason #{info.reason}"
    elsif (request = detail.unpack(Google::Rpc::BadRequest))
      request.field_violations.each { |violation| puts "field #{violation.field}: #{violation.description}" }
    end
  end
end

def book_nothing(bookings, event_id, user_id)
  no_seats = CreateBookingRequest.new(event_id: event_id, user_id: user_id, seats: 0)
  retrying { |deadline| bookings.create_booking(no_seats, deadline: deadline) }
rescue GRPC::BadStatus => e
  show_refusal(e)
end

# A stub connects when its first call needs it, and again after its connection broke; one serves the whole program.
events = EventService::Stub.new(ENV.fetch('EVENT_SERVICE_ADDR', '127.0.0.1:50051'), :this_channel_is_insecure)
bookings = BookingService::Stub.new(ENV.fetch('BOOKING_SERVICE_ADDR', '127.0.0.1:50052'), :this_channel_is_insecure)

begin
  event_id = pick_event(events)
  seen = watch_in_background(bookings, event_id)
  show_seats(seen)
  user_id = book_two_seats(bookings, event_id)
  show_seats(seen)
  book_nothing(bookings, event_id, user_id)
rescue GRPC::BadStatus => e
  abort "#{code_of(e)}: #{e.details}"
end
