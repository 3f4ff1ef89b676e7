// Client: calls to an etcd cluster, one after another, each with a deadline.
//
// One channel for each member and our own rotation: after any error the next call goes to the next member. (A single
// channel for several members stalled for 12 s when one was paused.) A call whose deadline passes may have taken
// effect or not, now or later: `unknown`.
// Threads: one at a time; a Watch has its own thread and its own Client.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/time.h"

namespace etcdserverpb {
class RangeRequest;
class RangeResponse;
class TxnRequest;
class TxnResponse;
class WatchResponse;
class MemberListResponse;
}  // namespace etcdserverpb

namespace broker::etcd {

namespace rpc = ::etcdserverpb;

struct Settings {
  std::vector<std::string> endpoints;  // HOST:PORT of the members
  std::string prefix = "pygmy";        // of all keys of this store
  std::string ca;                      // files; all three or none: TLS with a certificate of our own
  std::string certificate;
  std::string key;
};

struct Failure {
  bool unknown = true;    // else etcd has refused it, and nothing happened
  bool no_space = false;  // etcd has raised its NOSPACE alarm
  std::string why;
};
template <class T>
using Answer = tl::expected<T, Failure>;

class Client {
 public:
  static constexpr base::Duration kDeadline = std::chrono::milliseconds(500);
  static constexpr base::Duration kConnect = std::chrono::milliseconds(200);

  // Throws std::runtime_error if a file of `settings` cannot be read. Connects on the first call.
  explicit Client(const Settings& settings);
  ~Client();

  Answer<rpc::TxnResponse> txn(const rpc::TxnRequest& request);
  Answer<rpc::RangeResponse> range(const rpc::RangeRequest& request);
  Answer<bool> compact(std::int64_t revision);
  // The cluster's members, as the one that is asked knows them.
  Answer<rpc::MemberListResponse> members();
  Answer<bool> remove_member(std::uint64_t id);
  Answer<bool> add_member(const std::string& peer_url);

  // What happens to the keys [key, end) from `revision` on.
  class Watch {
   public:
    ~Watch();
    // Waits for more; false when the watch has ended: by stop(), by the member, or because `revision` is compacted.
    bool next(rpc::WatchResponse& response);
    // From any thread.
    void stop();

   private:
    friend class Client;
    struct Call;
    explicit Watch(std::unique_ptr<Call> call);
    std::unique_ptr<Call> call_;
  };
  std::unique_ptr<Watch> watch(const std::string& key, const std::string& end, std::int64_t revision);
  // After a watch ended by itself.
  void rotate();

 private:
  struct Channels;
  std::unique_ptr<Channels> channels_;
};

}  // namespace broker::etcd
