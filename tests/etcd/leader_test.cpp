// The leader's thread with a server that answers like an empty etcd, and then like a member without a quorum.
#include "broker/etcd/leader.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "broker/etcd/rpc.grpc.pb.h"

namespace broker::etcd {
namespace {

using std::chrono::seconds;

// After `answered` transactions it refuses everything at once.
class WithoutQuorum final : public rpc::KV::Service {
 public:
  explicit WithoutQuorum(std::size_t answered) : answered_(answered) {}
  // Waits until this many transactions were refused. Returns the times.
  std::vector<base::Mono> refused(std::size_t transactions) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(20), [&] { return times_.size() >= transactions; });
    return times_;
  }

 private:
  grpc::Status Txn(grpc::ServerContext*, const rpc::TxnRequest* request, rpc::TxnResponse* response) override {
    const std::lock_guard lock(mutex_);
    if (answered_ == 0) {
      times_.push_back(base::now().mono);
      changed_.notify_all();
      return kNoLeader;
    }
    --answered_;
    response->set_succeeded(true);
    for (int i = 0; i < request->success_size(); ++i) response->add_responses()->mutable_range();
    return grpc::Status::OK;
  }
  // The leader key, as after the swap by "a".
  grpc::Status Range(grpc::ServerContext*, const rpc::RangeRequest* request, rpc::RangeResponse* response) override {
    const std::lock_guard lock(mutex_);
    if (answered_ == 0) return kNoLeader;
    auto* lead = response->add_kvs();
    lead->set_key(request->key());
    lead->set_value("a");
    lead->set_mod(5);
    lead->set_version(1);
    return grpc::Status::OK;
  }
  const grpc::Status kNoLeader{grpc::StatusCode::UNAVAILABLE, "etcdserver: no leader"};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t answered_;
  std::vector<base::Mono> times_;
};

class LeaderTest : public testing::Test {
 protected:
  LeaderTest() { base::log::start(base::log::Level::kOff, "test"); }

  // A takeover of which so many transactions are answered. If all are, a block follows.
  void expect_pauses_after(std::size_t answered) {
    WithoutQuorum etcd(answered);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&etcd);
    const auto server = builder.BuildAndStart();
    Standing standing;
    Told told;
    {
      Leader leader({.endpoints = {"127.0.0.1:" + std::to_string(port)}}, Keys("p"), "a", seconds(10), seconds(10),
                    standing, told);
      leader.take_over({}, 0);
      if (answered == kTakeover) {
        while (!told.next()) std::this_thread::yield();
        leader.commit({.no = base::BlockNo(1), .first = base::Seq(1), .last = base::Seq(1)});
      }
      const auto times = etcd.refused(11);
      ASSERT_GE(times.size(), 11U) << "it keeps trying";
      EXPECT_GE(times[10] - times[0], 9 * Leader::kPause) << "of ten; the first call may take longer to arrive";
    }
    server->Shutdown();
  }

  static constexpr std::size_t kLook = 1;
  static constexpr std::size_t kSwap = 2;
  static constexpr std::size_t kTakeover = 3;
};

TEST_F(LeaderTest, ASwapThatFailsAtOnceIsNotSentAgainAtOnce) { expect_pauses_after(kLook); }

TEST_F(LeaderTest, AReadOfTheTailThatFailsAtOnceIsNotSentAgainAtOnce) { expect_pauses_after(kSwap); }

TEST_F(LeaderTest, AnAppendThatFailsAtOnceIsNotSentAgainAtOnce) { expect_pauses_after(kTakeover); }

}  // namespace
}  // namespace broker::etcd
