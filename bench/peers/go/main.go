// SPDX-License-Identifier: Apache-2.0

// The peer in grpc-go for bench/mesh_echo.c, which says what it prints:
//
//	peer server
//	peer client TARGET unary|stream|chat WIDTH MILLISECONDS
package main

//go:generate go build -o gen/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
//go:generate protoc -I ../.. --plugin=gen/protoc-gen-go --plugin=gen/protoc-gen-go-grpc --go_out=. --go-grpc_out=. --go_opt=module=myevents.example/bench,Mmesh_echo.proto=myevents.example/bench/gen --go-grpc_opt=module=myevents.example/bench,Mmesh_echo.proto=myevents.example/bench/gen ../../mesh_echo.proto
//go:generate go build -o gen/peer .

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "myevents.example/bench/gen"
)

const repeated = 1000 // messages of one stream

var text = strings.Repeat("abcdefghijklmnopqrstuvwxyz", 3)[:64]

type server struct {
	pb.UnimplementedBenchServiceServer
}

func (server) Echo(_ context.Context, request *pb.EchoMessage) (*pb.EchoMessage, error) {
	return request, nil
}

func (server) Repeat(request *pb.RepeatRequest, stream pb.BenchService_RepeatServer) error {
	message := &pb.EchoMessage{Text: request.Text}
	for i := uint32(0); i < request.Count; i++ {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	return nil
}

func (server) Chat(stream pb.BenchService_ChatServer) error {
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = stream.Send(message)
		}
		if err != nil {
			return err
		}
	}
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	grpcServer := grpc.NewServer()
	pb.RegisterBenchServiceServer(grpcServer, server{})
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.ReadAll(os.Stdin)
		grpcServer.Stop()
	}()
	must(grpcServer.Serve(listener))
}

// call calls again and again until the time is up.
func call(client pb.BenchServiceClient, end time.Time) (count int64) {
	for request := (&pb.EchoMessage{Text: text}); time.Now().Before(end); count++ {
		_, err := client.Echo(context.Background(), request)
		must(err)
	}
	return count
}

func read(client pb.BenchServiceClient, end time.Time) (count int64) {
	for time.Now().Before(end) {
		stream, err := client.Repeat(context.Background(), &pb.RepeatRequest{Text: text, Count: repeated})
		must(err)
		for {
			if _, err = stream.Recv(); err == io.EOF {
				break
			}
			must(err)
			count++
		}
	}
	return count
}

// chat keeps `width` messages in flight on one stream.
func chat(client pb.BenchServiceClient, end time.Time, width int) (count int64) {
	stream, err := client.Chat(context.Background())
	must(err)
	message := &pb.EchoMessage{Text: text}
	for i := 0; i < width; i++ {
		must(stream.Send(message))
	}
	for inFlight := width; inFlight > 0; count++ {
		_, err := stream.Recv()
		must(err)
		if time.Now().Before(end) {
			must(stream.Send(message))
		} else {
			inFlight--
		}
	}
	must(stream.CloseSend())
	_, err = stream.Recv()
	if err != io.EOF {
		must(err)
	}
	return count
}

func run(client pb.BenchServiceClient, kind string, width int, duration time.Duration) int64 {
	end := time.Now().Add(duration)
	if kind == "chat" {
		return chat(client, end, width)
	}
	work := map[string]func(pb.BenchServiceClient, time.Time) int64{"unary": call, "stream": read}[kind]
	var total int64
	var workers sync.WaitGroup
	for i := 0; i < width; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			atomic.AddInt64(&total, work(client, end))
		}()
	}
	workers.Wait()
	return total
}

func cpuMicroseconds() int64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

func measure(target, kind string, width, milliseconds int) {
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	client := pb.NewBenchServiceClient(connection)
	duration := time.Duration(milliseconds) * time.Millisecond
	warm := run(client, kind, width, duration/4)
	begin, cpu := time.Now(), cpuMicroseconds()
	count := run(client, kind, width, duration)
	fmt.Println(count, time.Since(begin).Microseconds(), cpuMicroseconds()-cpu, warm+count)
	must(connection.Close())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "server":
		serve()
	case len(os.Args) == 6 && os.Args[1] == "client":
		width, err := strconv.Atoi(os.Args[4])
		must(err)
		milliseconds, err := strconv.Atoi(os.Args[5])
		must(err)
		measure(os.Args[2], os.Args[3], width, milliseconds)
	default:
		log.Fatal("usage: peer server | peer client TARGET unary|stream|chat WIDTH MILLISECONDS")
	}
}
