// SPDX-License-Identifier: Apache-2.0

// A client of MyEvents in Go: it lists events, watches the seats of one, books two of them exactly once, and shows how
// a refusal is read.
//
//	go generate && go run . [EVENT_ID]
//
// EVENT_SERVICE_ADDR and BOOKING_SERVICE_ADDR say where the services are.
package main

//go:generate go build -o gen/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
//go:generate sh -c "protoc -I ../../proto --plugin=gen/protoc-gen-go --plugin=gen/protoc-gen-go-grpc --go_out=. --go-grpc_out=. --go_opt=module=myevents.example --go-grpc_opt=module=myevents.example ../../proto/myevents/v1/*.proto"

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	pb "myevents.example/v1"
)

const (
	attemptTimeout = 5 * time.Second  // of one try
	callTimeout    = 30 * time.Second // of a call with all its tries
	watchTimeout   = 60 * time.Second
	pauseMax       = 2 * time.Second
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	events := pb.NewEventServiceClient(dial("EVENT_SERVICE_ADDR", "127.0.0.1:50051"))
	bookings := pb.NewBookingServiceClient(dial("BOOKING_SERVICE_ADDR", "127.0.0.1:50052"))
	ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
	defer cancel()

	eventID, err := pickEvent(ctx, events)
	if err != nil {
		return err
	}
	seats, watched := make(chan *pb.Availability), make(chan error, 1)
	go func() { watched <- watch(ctx, bookings, eventID, seats) }()
	if err := showSeats(seats, watched); err != nil {
		return err
	}
	userID, err := bookTwoSeats(ctx, bookings, eventID)
	if err != nil {
		return err
	}
	if err := showSeats(seats, watched); err != nil {
		return err
	}
	_, err = retry(ctx, func(ctx context.Context) (*pb.Booking, error) {
		return bookings.CreateBooking(ctx, &pb.CreateBookingRequest{EventId: eventID, UserId: userID, Seats: 0})
	})
	showRefusal(err)
	return nil
}

// pickEvent shows some events with free seats and takes the first, or the one that the command line names.
func pickEvent(ctx context.Context, events pb.EventServiceClient) (string, error) {
	list, err := retry(ctx, func(ctx context.Context) (*pb.ListEventsResponse, error) {
		return events.ListEvents(ctx, &pb.ListEventsRequest{WithSeats: true, PageSize: 3})
	})
	if err != nil {
		return "", err
	}
	for _, event := range list.Events {
		fmt.Printf("event %s: %s, %d seats free\n", event.Id, event.Name, event.SeatsAvailable)
	}
	if len(os.Args) > 1 {
		return os.Args[1], nil
	}
	if len(list.Events) == 0 {
		return "", errors.New("no event has free seats")
	}
	return list.Events[0].Id, nil
}

// bookTwoSeats returns the user whom it has created for that.
func bookTwoSeats(ctx context.Context, bookings pb.BookingServiceClient, eventID string) (string, error) {
	newUser := &pb.CreateUserRequest{
		User:      &pb.User{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"},
		RequestId: newKey(),
	}
	user, err := retry(ctx, func(ctx context.Context) (*pb.User, error) { return bookings.CreateUser(ctx, newUser) })
	if err != nil {
		return "", err
	}
	fmt.Println("user", user.Id)

	hold := &pb.CreateBookingRequest{EventId: eventID, UserId: user.Id, Seats: 2, Hold: true, RequestId: newKey()}
	send := func(ctx context.Context) (*pb.Booking, error) { return bookings.CreateBooking(ctx, hold) }
	booking, err := retry(ctx, send)
	if err != nil {
		return "", err
	}
	fmt.Println("held", booking.Id)
	// Sending it again is safe: the key says that it is the same request, so the answer is the same booking.
	if booking, err = retry(ctx, send); err != nil {
		return "", err
	}
	fmt.Println("sent again", booking.Id)

	confirm := &pb.ConfirmBookingRequest{BookingId: booking.Id}
	booking, err = retry(ctx, func(ctx context.Context) (*pb.Booking, error) {
		return bookings.ConfirmBooking(ctx, confirm)
	})
	if err != nil {
		return "", err
	}
	fmt.Println("confirmed", booking.Id)
	return user.Id, nil
}

// newKey makes an idempotency key: one per thing that the user wants, made before the first try, the same in every one.
func newKey() string {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", bytes)
}

// dial does not connect: the first call does, and the next one after a connection broke. One serves the whole program.
func dial(variable, address string) *grpc.ClientConn {
	if value := os.Getenv(variable); value != "" {
		address = value
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatalf("%s: %v", variable, err)
	}
	return connection
}

// isTransient tells the codes after which nobody knows whether the request was carried out: it may be sent again if it
// has a key, or changes nothing.
func isTransient(err error) bool {
	code := status.Code(err)
	return code == codes.Unavailable || code == codes.DeadlineExceeded
}

// pause waits a random time that grows with the attempts, so that clients do not come back all at once. It returns
// false when the time is up.
func pause(ctx context.Context, attempt int, err error) bool {
	limit := pauseMax
	if attempt < 4 {
		limit = 100 * time.Millisecond << attempt
	}
	random, _ := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	wait := time.Duration(random.Int64())
	log.Printf("%v; again in %v", err, wait.Round(time.Millisecond))
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// retry calls until the answer is final or the time is up.
func retry[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		attemptCtx, cancel := context.WithTimeout(ctx, attemptTimeout)
		answer, err := call(attemptCtx)
		cancel()
		if !isTransient(err) || !pause(ctx, attempt, err) {
			return answer, err
		}
	}
}

// watch sends the seats of an event as they are, then after every change, until ctx ends. A stream that breaks is
// opened again with the token of the last state seen: nothing is missed and nothing told twice.
func watch(ctx context.Context, bookings pb.BookingServiceClient, eventID string, seats chan<- *pb.Availability) error {
	request := &pb.WatchAvailabilityRequest{EventId: eventID}
	for attempt := 0; ; attempt++ {
		stream, err := bookings.WatchAvailability(ctx, request)
		for err == nil {
			var state *pb.WatchAvailabilityResponse
			if state, err = stream.Recv(); err == nil {
				request.ResumeToken, attempt = state.ResumeToken, 0
				select {
				case seats <- state.Availability:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		if err != io.EOF && !isTransient(err) || !pause(ctx, attempt, err) {
			return err
		}
	}
}

func showSeats(seats <-chan *pb.Availability, watched <-chan error) error {
	select {
	case now := <-seats:
		fmt.Printf("seats %d of %d free, sequence %d\n", now.SeatsAvailable, now.Capacity, now.Sequence)
		return nil
	case err := <-watched:
		return err
	}
}

// A refusal says in its details why (a word for programs) and which fields are wrong (sentences for people).
func showRefusal(err error) {
	refusal := status.Convert(err)
	fmt.Println("refused", refusal.Code())
	for _, detail := range refusal.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			fmt.Println("reason", detail.Reason)
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				fmt.Printf("field %s: %s\n", violation.Field, violation.Description)
			}
		}
	}
}
