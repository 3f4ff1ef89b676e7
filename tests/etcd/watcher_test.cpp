// The watcher with a server that answers like an empty etcd and refuses every watch.
#include "broker/etcd/watcher.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "broker/etcd/rpc.grpc.pb.h"

namespace broker::etcd {
namespace {

class Asked final : public rpc::KV::Service {
  grpc::Status Txn(grpc::ServerContext*, const rpc::TxnRequest* request, rpc::TxnResponse* response) override {
    for (int i = 0; i < request->success_size(); ++i) response->add_responses()->mutable_range();
    return grpc::Status::OK;
  }
};

class Refusing final : public rpc::Watch::Service {
 public:
  // Waits until this many watches were refused. Returns the times.
  std::vector<base::Mono> refused(std::size_t watches) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return times_.size() >= watches; });
    return times_;
  }

 private:
  grpc::Status Watch(grpc::ServerContext*, grpc::ServerReaderWriter<rpc::WatchResponse, rpc::WatchRequest>*) override {
    const std::lock_guard lock(mutex_);
    times_.push_back(base::now().mono);
    changed_.notify_all();
    return {grpc::StatusCode::PERMISSION_DENIED, "no"};
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<base::Mono> times_;
};

TEST(WatcherTest, AWatchThatFailsAtOnceIsNotTriedAgainAtOnce) {
  base::log::start(base::log::Level::kOff, "test");
  Asked asked;
  Refusing refusing;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&asked);
  builder.RegisterService(&refusing);
  const auto server = builder.BuildAndStart();
  Standing standing;
  Told told;
  {
    Watcher watcher({.endpoints = {"127.0.0.1:" + std::to_string(port)}}, Keys("p"), {}, standing, told);
    const auto times = refusing.refused(6);
    ASSERT_GE(times.size(), 6U) << "it keeps trying";
    EXPECT_GE(times[5] - times[0], 5 * Watcher::kPause);
    standing.closing = true;
  }
  server->Shutdown();
}

}  // namespace
}  // namespace broker::etcd
