// SPDX-License-Identifier: Apache-2.0

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import myevents.v1.Availability;
import myevents.v1.Booking;
import myevents.v1.BookingServiceGrpc;
import myevents.v1.BookingServiceGrpc.BookingServiceBlockingStub;
import myevents.v1.ConfirmBookingRequest;
import myevents.v1.CreateBookingRequest;
import myevents.v1.CreateUserRequest;
import myevents.v1.EventServiceGrpc;
import myevents.v1.EventServiceGrpc.EventServiceBlockingStub;
import myevents.v1.ListEventsRequest;
import myevents.v1.User;
import myevents.v1.WatchAvailabilityRequest;

/**
 * A client of MyEvents in Java: it lists events, watches the seats of one, books two of them exactly once, and shows
 * how a refusal is read.
 *
 * <pre>
 * mvn -q compile
 * mvn -q exec:java [-Dexec.args=EVENT_ID]
 * </pre>
 *
 * EVENT_SERVICE_ADDR and BOOKING_SERVICE_ADDR say where the services are.
 */
public final class Client {
  private static final long ATTEMPT_TIMEOUT_MS = 5_000; // of one try
  private static final long CALL_TIMEOUT_MS = 30_000; // of a call with all its tries
  private static final long WATCH_TIMEOUT_MS = 60_000;
  private static final long PAUSE_MAX_MS = 2_000;

  private final EventServiceBlockingStub events;
  private final BookingServiceBlockingStub bookings;

  private Client(ManagedChannel eventService, ManagedChannel bookingService) {
    events = EventServiceGrpc.newBlockingStub(eventService);
    bookings = BookingServiceGrpc.newBlockingStub(bookingService);
  }

  /** What a watch sees: seats, or at last what has ended it. */
  private record Seen(Availability seats, RuntimeException end) {}

  public static void main(String[] args) throws InterruptedException {
    boolean isDone = false;
    ManagedChannel eventService = channel("EVENT_SERVICE_ADDR", "127.0.0.1:50051");
    ManagedChannel bookingService = channel("BOOKING_SERVICE_ADDR", "127.0.0.1:50052");
    try {
      new Client(eventService, bookingService).run(args);
      isDone = true;
    } catch (StatusRuntimeException | IllegalStateException e) {
      System.err.println(e.getMessage());
    } finally {
      eventService.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      bookingService.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
    if (!isDone) {
      System.exit(1);
    }
  }

  /** It connects when the first call needs it, and again after its connection broke; one serves the whole program. */
  private static ManagedChannel channel(String variable, String address) {
    String target = Optional.ofNullable(System.getenv(variable)).orElse(address);
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  private void run(String[] args) throws InterruptedException {
    String eventId = pickEvent(args);
    BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    try (Context.CancellableContext watching = Context.current().withCancellation()) {
      new Thread(watching.wrap(() -> watch(eventId, seen))).start();
      showSeats(seen);
      String userId = bookTwoSeats(eventId);
      showSeats(seen);
      bookNothing(eventId, userId);
    }
  }

  /** Shows some events with free seats and takes the first, or the one that the command line names. */
  private String pickEvent(String[] args) {
    ListEventsRequest request = ListEventsRequest.newBuilder().setWithSeats(true).setPageSize(3).build();
    var found = retry(events, stub -> stub.listEvents(request)).getEventsList();
    for (var event : found) {
      System.out.printf("event %s: %s, %d seats free%n", event.getId(), event.getName(), event.getSeatsAvailable());
    }
    if (args.length > 0) {
      return args[0];
    }
    return found.stream().findFirst().orElseThrow(() -> new IllegalStateException("no event has free seats")).getId();
  }

  /** Returns the user whom it has created for that. */
  private String bookTwoSeats(String eventId) {
    // A key stands for one thing that the user wants: made before the first try, the same in every one.
    CreateUserRequest newUser =
        CreateUserRequest.newBuilder()
            .setUser(User.newBuilder().setFirstName("Ada").setLastName("Lovelace").setEmail("ada@example.com"))
            .setRequestId(UUID.randomUUID().toString())
            .build();
    User user = retry(bookings, stub -> stub.createUser(newUser));
    System.out.println("user " + user.getId());

    CreateBookingRequest hold =
        CreateBookingRequest.newBuilder()
            .setEventId(eventId)
            .setUserId(user.getId())
            .setSeats(2)
            .setHold(true)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    Booking booking = retry(bookings, stub -> stub.createBooking(hold));
    System.out.println("held " + booking.getId());
    // Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
    booking = retry(bookings, stub -> stub.createBooking(hold));
    System.out.println("sent again " + booking.getId());

    ConfirmBookingRequest confirm = ConfirmBookingRequest.newBuilder().setBookingId(booking.getId()).build();
    booking = retry(bookings, stub -> stub.confirmBooking(confirm));
    System.out.println("confirmed " + booking.getId());
    return user.getId();
  }

  /** After these codes nobody knows whether the request was carried out: it may be sent again if it has a key. */
  private static boolean isTransient(StatusRuntimeException e) {
    Status.Code code = e.getStatus().getCode();
    return code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
  }

  /** Waits a random time that grows with the attempts, so that clients do not come back all at once. */
  private static void pause(int attempt, StatusRuntimeException e) {
    long limit = Math.min(PAUSE_MAX_MS, 100L << Math.min(attempt, 10));
    long wait = ThreadLocalRandom.current().nextLong(limit);
    System.err.printf("%s; again in %d ms%n", e.getMessage(), wait);
    try {
      Thread.sleep(wait);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw e;
    }
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /** Calls until the answer is final or the time is up. */
  private static <S extends AbstractStub<S>, T> T retry(S stub, Function<S, T> call) {
    long end = nowMs() + CALL_TIMEOUT_MS;
    for (int attempt = 0; ; attempt++) {
      try {
        long timeout = Math.min(ATTEMPT_TIMEOUT_MS, end - nowMs());
        return call.apply(stub.withDeadlineAfter(timeout, TimeUnit.MILLISECONDS));
      } catch (StatusRuntimeException e) {
        if (!isTransient(e) || nowMs() >= end) {
          throw e;
        }
        pause(attempt, e);
      }
    }
  }

  /**
   * Puts the seats of an event into the queue as they are, then after every change, until the time is up or its context
   * is cancelled; then what has ended it. A stream that breaks is opened again with the token of the last state seen:
   * nothing is missed and nothing told twice.
   */
  private void watch(String eventId, BlockingQueue<Seen> seen) {
    long end = nowMs() + WATCH_TIMEOUT_MS;
    var request = WatchAvailabilityRequest.newBuilder().setEventId(eventId);
    for (int attempt = 0; nowMs() < end && !Context.current().isCancelled(); attempt++) {
      try {
        var stub = bookings.withDeadlineAfter(end - nowMs(), TimeUnit.MILLISECONDS);
        var states = stub.watchAvailability(request.build());
        while (states.hasNext()) {
          var state = states.next();
          request.setResumeToken(state.getResumeToken());
          attempt = 0;
          seen.add(new Seen(state.getAvailability(), null));
        }
      } catch (StatusRuntimeException e) {
        if (!isTransient(e)) {
          seen.add(new Seen(null, e));
          return;
        }
        pause(attempt, e);
      }
    }
    seen.add(new Seen(null, new IllegalStateException("the watch has ended")));
  }

  private static void showSeats(BlockingQueue<Seen> seen) throws InterruptedException {
    Seen next = seen.take();
    if (next.end() != null) {
      throw next.end();
    }
    Availability seats = next.seats();
    System.out.printf(
        "seats %d of %d free, sequence %d%n", seats.getSeatsAvailable(), seats.getCapacity(), seats.getSequence());
  }

  private void bookNothing(String eventId, String userId) {
    CreateBookingRequest noSeats =
        CreateBookingRequest.newBuilder().setEventId(eventId).setUserId(userId).setSeats(0).build();
    try {
      retry(bookings, stub -> stub.createBooking(noSeats));
    } catch (StatusRuntimeException e) {
      showRefusal(e);
    }
  }

  /** A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people). */
  private static void showRefusal(StatusRuntimeException e) {
    System.out.println("refused " + e.getStatus().getCode());
    try {
      for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          System.out.println("reason " + detail.unpack(ErrorInfo.class).getReason());
        } else if (detail.is(BadRequest.class)) {
          for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
            System.out.printf("field %s: %s%n", violation.getField(), violation.getDescription());
          }
        }
      }
    } catch (InvalidProtocolBufferException broken) {
      System.err.println("its details cannot be read: " + broken.getMessage());
    }
  }
}
