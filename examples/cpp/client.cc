// SPDX-License-Identifier: Apache-2.0

// A client of MyEvents in C++: it lists events, watches the seats of one, books two of them exactly once, and shows how
// a refusal is read.
//
//     make -j2
//     gen/client [EVENT_ID]
//
// On Debian these are the packages libgrpc++-dev and protobuf-compiler-grpc. EVENT_SERVICE_ADDR and
// BOOKING_SERVICE_ADDR say where the services are.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "myevents/v1/booking_service.grpc.pb.h"
#include "myevents/v1/event_service.grpc.pb.h"

using namespace std::chrono_literals;
using namespace myevents::v1;
using Clock = std::chrono::system_clock;  // what deadlines of gRPC count in

namespace {

constexpr auto kAttemptTimeout = 5s;  // of one try
constexpr auto kCallTimeout = 30s;    // of a call with all its tries
constexpr auto kWatchTimeout = 60s;
constexpr std::chrono::milliseconds kPauseMax = 2s;

struct Refused : std::runtime_error {
  explicit Refused(const grpc::Status& status)
      : std::runtime_error("code " + std::to_string(status.error_code()) + ": " + status.error_message()),
        status(status) {}
  grpc::Status status;
};

int RandomBelow(int limit) {
  static thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_int_distribution<>(0, limit - 1)(random);
}

// An idempotency key stands for one thing that the user wants: made before the first try, the same in every one.
std::string NewKey() {
  std::random_device random;
  std::ostringstream key;
  for (int i = 0; i < 4; i++) key << std::hex << random();
  return key.str();
}

// After these nobody knows whether the request was carried out: it may be sent again if it has a key, or changes
// nothing.
bool IsTransient(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

// Waits a random time that grows with the attempts, so that clients do not come back all at once.
void Pause(int attempt, const grpc::Status& status) {
  auto limit = std::min(kPauseMax, 100ms * (1 << std::min(attempt, 10)));
  auto wait = std::chrono::milliseconds(RandomBelow(static_cast<int>(limit.count())));
  std::cerr << "code " << status.error_code() << ": " << status.error_message() << "; again in " << wait.count()
            << " ms\n";
  std::this_thread::sleep_for(wait);
}

// Calls until the answer is final or the time is up: Retry(*stub, &Stub::Method, request).
template <class Stub, class Request, class Response>
Response Retry(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request) {
  const auto end = Clock::now() + kCallTimeout;
  for (int attempt = 0;; attempt++) {
    grpc::ClientContext context;  // one per try
    Response response;
    context.set_deadline(std::min(end, Clock::now() + kAttemptTimeout));
    grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    if (!IsTransient(status) || Clock::now() >= end) throw Refused(status);
    Pause(attempt, status);
  }
}

// The seats of an event as they are, then after every change, seen by a thread of its own until the time is up or it is
// destroyed. A stream that breaks is opened again with the token of the last state seen: nothing is missed and nothing
// told twice.
class Watch {
 public:
  Watch(BookingService::Stub& bookings, std::string event_id)
      : thread_([this, &bookings, event_id] { Run(bookings, event_id); }) {}

  ~Watch() {
    {
      std::lock_guard lock(mutex_);
      is_over_ = true;
      if (context_) context_->TryCancel();
    }
    thread_.join();
  }

  Availability Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_over_ || !seen_.empty(); });
    if (seen_.empty() && !end_.ok()) throw Refused(end_);
    if (seen_.empty()) throw std::runtime_error("the watch has ended");
    Availability seats = seen_.front();
    seen_.pop_front();
    return seats;
  }

 private:
  void Run(BookingService::Stub& bookings, const std::string& event_id) {
    const auto end = Clock::now() + kWatchTimeout;
    WatchAvailabilityRequest request;
    WatchAvailabilityResponse state;
    request.set_event_id(event_id);
    for (int attempt = 0; Clock::now() < end && Open(end); attempt++) {
      auto stream = bookings.WatchAvailability(&*context_, request);
      while (stream->Read(&state)) {
        request.set_resume_token(state.resume_token());
        attempt = 0;
        Add(state.availability());
      }
      grpc::Status status = stream->Finish();
      if (!status.ok() && !IsTransient(status)) {
        End(status);
        return;
      }
      Pause(attempt, status);
    }
    End(grpc::Status::OK);
  }

  void End(const grpc::Status& status) {
    std::lock_guard lock(mutex_);
    is_over_ = true;
    end_ = status;
    context_.reset();
    changed_.notify_all();
  }

  bool Open(Clock::time_point deadline) {
    std::lock_guard lock(mutex_);
    if (is_over_) return false;
    context_.emplace();
    context_->set_deadline(deadline);
    return true;
  }

  void Add(const Availability& seats) {
    std::lock_guard lock(mutex_);
    seen_.push_back(seats);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Availability> seen_;
  std::optional<grpc::ClientContext> context_;
  bool is_over_ = false;
  grpc::Status end_;  // what has ended it; OK when its time is up
  std::thread thread_;  // the last: it uses all the others
};

void ShowSeats(Watch& watch) {
  Availability seats = watch.Next();
  std::cout << "seats " << seats.seats_available() << " of " << seats.capacity() << " free, sequence "
            << seats.sequence() << "\n";
}

// Shows some events with free seats and takes the first, or the one that the command line names.
std::string PickEvent(EventService::Stub& events, int argc, char** argv) {
  ListEventsRequest request;
  request.set_with_seats(true);
  request.set_page_size(3);
  ListEventsResponse list = Retry(events, &EventService::Stub::ListEvents, request);
  for (const Event& event : list.events())
    std::cout << "event " << event.id() << ": " << event.name() << ", " << event.seats_available() << " seats free\n";
  if (argc > 1) return argv[1];
  if (list.events().empty()) throw std::runtime_error("no event has free seats");
  return list.events(0).id();
}

// Returns the user whom it has created for that.
std::string BookTwoSeats(BookingService::Stub& bookings, const std::string& event_id) {
  CreateUserRequest new_user;
  new_user.mutable_user()->set_first_name("Ada");
  new_user.mutable_user()->set_last_name("Lovelace");
  new_user.mutable_user()->set_email("ada@example.com");
  new_user.set_request_id(NewKey());
  User user = Retry(bookings, &BookingService::Stub::CreateUser, new_user);
  std::cout << "user " << user.id() << "\n";

  CreateBookingRequest hold;
  hold.set_event_id(event_id);
  hold.set_user_id(user.id());
  hold.set_seats(2);
  hold.set_hold(true);
  hold.set_request_id(NewKey());
  Booking booking = Retry(bookings, &BookingService::Stub::CreateBooking, hold);
  std::cout << "held " << booking.id() << "\n";
  // Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
  booking = Retry(bookings, &BookingService::Stub::CreateBooking, hold);
  std::cout << "sent again " << booking.id() << "\n";

  ConfirmBookingRequest confirm;
  confirm.set_booking_id(booking.id());
  booking = Retry(bookings, &BookingService::Stub::ConfirmBooking, confirm);
  std::cout << "confirmed " << booking.id() << "\n";
  return user.id();
}

// A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people).
void ShowRefusal(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  std::cout << "refused with code " << status.error_code() << "\n";
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    if (detail.UnpackTo(&info)) std::cout << "reason " << info.reason() << "\n";
    if (detail.UnpackTo(&request))
      for (const auto& violation : request.field_violations())
        std::cout << "field " << violation.field() << ": " << violation.description() << "\n";
  }
}

// It connects when the first call needs it, and again after its connection broke; one serves the whole program.
std::shared_ptr<grpc::Channel> NewChannel(const char* variable, const char* address) {
  const char* value = std::getenv(variable);
  return grpc::CreateChannel(value ? value : address, grpc::InsecureChannelCredentials());
}

void Run(int argc, char** argv) {
  auto events = EventService::NewStub(NewChannel("EVENT_SERVICE_ADDR", "127.0.0.1:50051"));
  auto bookings = BookingService::NewStub(NewChannel("BOOKING_SERVICE_ADDR", "127.0.0.1:50052"));
  std::string event_id = PickEvent(*events, argc, argv);
  Watch watch(*bookings, event_id);
  ShowSeats(watch);
  std::string user_id = BookTwoSeats(*bookings, event_id);
  ShowSeats(watch);

  CreateBookingRequest no_seats;
  no_seats.set_event_id(event_id);
  no_seats.set_user_id(user_id);
  try {
    Retry(*bookings, &BookingService::Stub::CreateBooking, no_seats);
  } catch (const Refused& refused) {
    ShowRefusal(refused.status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
