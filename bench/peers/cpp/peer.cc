// SPDX-License-Identifier: Apache-2.0

// The peer in gRPC C++ for bench/mesh_echo.c, which says what it prints; with the callback API on both sides:
//
//     peer server
//     peer client TARGET unary|stream|chat WIDTH MILLISECONDS

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include "mesh_echo.grpc.pb.h"

using namespace mesh::bench::v1;
using Clock = std::chrono::steady_clock;

namespace {

constexpr uint32_t kRepeated = 1000;  // messages of one stream

std::string Text() {
  std::string text;
  for (int i = 0; i < 64; i++) text += static_cast<char>('a' + i % 26);
  return text;
}

// --- the server ---

class RepeatReactor : public grpc::ServerWriteReactor<EchoMessage> {
 public:
  explicit RepeatReactor(const RepeatRequest& request) : left_(request.count()) {
    message_.set_text(request.text());
    Next();
  }
  void OnWriteDone(bool ok) override {
    if (ok)
      Next();
    else
      Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_ == 0) {
      Finish(grpc::Status::OK);
      return;
    }
    left_--;
    StartWrite(&message_);
  }
  EchoMessage message_;
  uint32_t left_;
};

class ChatReactor : public grpc::ServerBidiReactor<EchoMessage, EchoMessage> {
 public:
  ChatReactor() { StartRead(&message_); }
  void OnReadDone(bool ok) override {
    if (ok)
      StartWrite(&message_);
    else
      Finish(grpc::Status::OK);
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&message_);
  }
  void OnDone() override { delete this; }

 private:
  EchoMessage message_;
};

class Service : public BenchService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoMessage* request,
                                 EchoMessage* reply) override {
    reply->set_text(request->text());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerWriteReactor<EchoMessage>* Repeat(grpc::CallbackServerContext*, const RepeatRequest* request) override {
    return new RepeatReactor(*request);
  }
  grpc::ServerBidiReactor<EchoMessage, EchoMessage>* Chat(grpc::CallbackServerContext*) override {
    return new ChatReactor;
  }
};

void Serve() {
  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) exit(1);
  std::cout << "127.0.0.1:" << port << std::endl;
  while (std::cin.get() != EOF) {
  }
  server->Shutdown(std::chrono::system_clock::now());
}

// --- the client ---

// What is under way, and how much was done; ends are counted from any thread.
class Run {
 public:
  Run(int width, Clock::time_point end) : end(end), width_(width) {}
  void Ended(int64_t count) {
    std::lock_guard lock(mutex_);
    count_ += count;
    if (--width_ == 0) ended_.notify_one();
  }
  int64_t Wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return width_ == 0; });
    return count_;
  }
  bool IsOver() const { return Clock::now() >= end; }
  const Clock::time_point end;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  int width_;
  int64_t count_ = 0;
};

void Must(const grpc::Status& status) {
  if (status.ok()) return;
  std::cerr << status.error_code() << ": " << status.error_message() << std::endl;
  _exit(1);
}

// Calls again and again until the time is up.
class Caller {
 public:
  Caller(BenchService::Stub* stub, Run* run) : stub_(stub), run_(run) {
    request_.set_text(Text());
    Call();
  }

 private:
  void Call() {
    context_ = std::make_unique<grpc::ClientContext>();
    stub_->async()->Echo(context_.get(), &request_, &reply_, [this](grpc::Status status) {
      Must(status);
      count_++;
      if (!run_->IsOver()) {
        Call();
        return;
      }
      run_->Ended(count_);
      delete this;
    });
  }
  BenchService::Stub* stub_;
  Run* run_;
  std::unique_ptr<grpc::ClientContext> context_;
  EchoMessage request_, reply_;
  int64_t count_ = 0;
};

class Reader : public grpc::ClientReadReactor<EchoMessage> {
 public:
  Reader(BenchService::Stub* stub, Run* run, int64_t count = 0) : stub_(stub), run_(run), count_(count) {
    request_.set_text(Text());
    request_.set_count(kRepeated);
    stub_->async()->Repeat(&context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    count_++;
    StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    Must(status);
    if (run_->IsOver())
      run_->Ended(count_);
    else
      new Reader(stub_, run_, count_);
    delete this;
  }

 private:
  BenchService::Stub* stub_;
  Run* run_;
  grpc::ClientContext context_;
  RepeatRequest request_;
  EchoMessage message_;
  int64_t count_;
};

// Keeps `width` messages in flight on one stream.
class Chatter : public grpc::ClientBidiReactor<EchoMessage, EchoMessage> {
 public:
  Chatter(BenchService::Stub* stub, Run* run, int width) : run_(run), in_flight_(width), unsent_(width - 1) {
    message_.set_text(Text());
    stub->async()->Chat(&context_, this);
    StartWrite(&message_);
    StartRead(&answer_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    count_++;
    std::unique_lock lock(mutex_);
    if (run_->IsOver())
      in_flight_--;
    else if (is_writing_)
      unsent_++;
    else
      Write();
    if (in_flight_ == 0 && !is_writing_) StartWritesDone();
    lock.unlock();
    StartRead(&answer_);
  }
  void OnWriteDone(bool) override {
    std::lock_guard lock(mutex_);
    is_writing_ = false;
    if (unsent_ > 0) {
      unsent_--;
      Write();
    } else if (in_flight_ == 0) {
      StartWritesDone();
    }
  }
  void OnDone(const grpc::Status& status) override {
    Must(status);
    run_->Ended(count_);
    delete this;
  }

 private:
  void Write() {
    is_writing_ = true;
    StartWrite(&message_);
  }
  Run* run_;
  grpc::ClientContext context_;
  EchoMessage message_, answer_;
  std::mutex mutex_;
  int in_flight_, unsent_;
  bool is_writing_ = true;
  int64_t count_ = 0;
};

int64_t RunFor(BenchService::Stub* stub, const std::string& kind, int width, std::chrono::milliseconds duration) {
  Run run(kind == "chat" ? 1 : width, Clock::now() + duration);
  if (kind == "chat") {
    new Chatter(stub, &run, width);
  } else {
    for (int i = 0; i < width; i++)
      if (kind == "stream")
        new Reader(stub, &run);
      else
        new Caller(stub, &run);
  }
  return run.Wait();
}

int64_t CpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

void Measure(const std::string& target, const std::string& kind, int width, std::chrono::milliseconds duration) {
  auto stub = BenchService::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  int64_t warm = RunFor(stub.get(), kind, width, duration / 4);
  auto begin = Clock::now();
  int64_t cpu = CpuMicroseconds();
  int64_t count = RunFor(stub.get(), kind, width, duration);
  auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  std::cout << count << ' ' << elapsed.count() << ' ' << CpuMicroseconds() - cpu << ' ' << warm + count << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  std::string command = argc > 1 ? argv[1] : "";
  if (argc == 2 && command == "server") {
    Serve();
  } else if (argc == 6 && command == "client") {
    Measure(argv[2], argv[3], std::stoi(argv[4]), std::chrono::milliseconds(std::stoi(argv[5])));
  } else {
    std::cerr << "usage: peer server | peer client TARGET unary|stream|chat WIDTH MILLISECONDS" << std::endl;
    return 1;
  }
}
