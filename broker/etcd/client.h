// Client: calls an etcd cluster, one call after another, each with a deadline.
//
// The client has one channel for each member and rotates them itself: after an error the next call goes to the next
// member. (A single channel for several members stalled for 12 s when one of them was paused.) A call whose deadline
// passes has an unknown outcome: it may have taken effect, or may still do so.
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
  std::string prefix = "pygmy";        // prefix of all keys of this store
  std::string ca;                      // `ca`, `certificate` and `key` are files for TLS; all three or none are set
  std::string certificate;
  std::string key;
};

struct Failure {
  bool unknown = true;    // false: etcd has refused the call, so it had no effect
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
  // The cluster's members, as the member that answers knows them.
  Answer<rpc::MemberListResponse> members();
  Answer<bool> remove_member(std::uint64_t id);
  Answer<bool> add_member(const std::string& peer_url);

  // The changes of the keys in [key, end) from `revision` on.
  class Watch {
   public:
    ~Watch();
    // Waits for the next changes. Returns false when the watch has ended: by stop(), by the member, or because
    // `revision` is compacted.
    bool next(rpc::WatchResponse& response);
    // May be called from any thread.
    void stop();

   private:
    friend class Client;
    struct Call;
    explicit Watch(std::unique_ptr<Call> call);
    std::unique_ptr<Call> call_;
  };
  std::unique_ptr<Watch> watch(const std::string& key, const std::string& end, std::int64_t revision);
  // Goes on to the next member. Call it after a watch has ended by itself.
  void rotate();

 private:
  struct Channels;
  std::unique_ptr<Channels> channels_;
};

}  // namespace broker::etcd
