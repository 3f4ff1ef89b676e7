// The requests that the journal makes of etcd, and the keys it keeps there. Private to broker/etcd.
//
//   PREFIX/lead             who leads; its version is the term, its mod revision what every append compares
//   PREFIX/terms            how many there were before the key `lead` was made; of a restored stream
//   PREFIX/pulse            put by the leader when it has nothing else to put; "resigned": nobody leads
//   PREFIX/control          msg::Control, put with each block that changes it
//   PREFIX/block/%020d      blocks; block 0 is empty and comes with the first leader
//   PREFIX/archived/NAME    the Claim of the broker NAME: what it has durably in its archive
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "broker/etcd/rpc.pb.h"
#include "broker/journal.h"

namespace broker::etcd {

namespace rpc = ::etcdserverpb;

constexpr std::string_view kResigned = "resigned";
constexpr std::int64_t kPageBlocks = 64;  // in one answer, of 128 KiB at most, as the sequencer closes them

class Keys {
 public:
  explicit Keys(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string all() const { return prefix_ + "/"; }
  std::string lead() const { return prefix_ + "/lead"; }
  std::string terms() const { return prefix_ + "/terms"; }
  std::string pulse() const { return prefix_ + "/pulse"; }
  std::string control() const { return prefix_ + "/control"; }
  std::string blocks() const { return prefix_ + "/block/"; }
  std::string block(base::BlockNo no) const { return fmt::format("{}/block/{:020}", prefix_, no.value()); }
  std::string archives() const { return prefix_ + "/archived/"; }
  std::string archived(const std::string& broker) const { return archives() + broker; }
  // The key `lead` of each store whose keys would contain all of ours: its prefix is the beginning of our path.
  std::vector<std::string> outer_leads() const;
  std::optional<base::BlockNo> block_of(const std::string& key) const;

 private:
  std::string prefix_;
};

// The end of the range of all keys that begin with `prefix`.
std::string after_all(std::string prefix);

rpc::RangeRequest get(const std::string& key);
rpc::RangeRequest get_range(const std::string& key, const std::string& end, std::int64_t limit);
rpc::RequestOp put(const std::string& key, const std::string& value);
rpc::RequestOp ask(const rpc::RangeRequest& range);
rpc::RequestOp remove(const std::string& key, const std::string& end);
rpc::Compare mod_is(const std::string& key, std::int64_t revision);
rpc::Compare absent(const std::string& key);
rpc::Compare present(const std::string& key);
// There is no key that begins with `prefix`.
rpc::Compare none(const std::string& prefix);

// Puts the block if we lead (`lead` is the revision of our take-over) and it is the next; else answers with the leader
// key and the block.
rpc::TxnRequest append(const Keys& keys, std::int64_t lead, const Commit& block);

// Removes all blocks before `up_to` if we lead and `up_to` is the block that was put at `revision`, and still there.
rpc::TxnRequest remove_before(const Keys& keys, std::int64_t lead, base::BlockNo up_to, std::int64_t revision);

// What an append has come to.
enum class Appended { kNow, kEarlier, kFenced, kBroken };
struct AppendOutcome {
  Appended appended;
  bool still_leading;
};
AppendOutcome outcome(const rpc::TxnResponse& response, std::int64_t lead, const Commit& block);

// Puts the seed of a restored stream (seed.h) with `name` as its leader, if there is no key of a store yet; else
// answers with the leader key.
rpc::TxnRequest seed(const Keys& keys, const std::string& name, const Commit& last, base::Term term);
// It is there, from this try or an earlier one.
bool seeded(const rpc::TxnResponse& response, const std::string& name);

// The number that a value is; 0 if it is none.
std::uint64_t number(const std::string& value);

// Questions whose answers, from response `first` on, tell of a store whose keys are among ours, or ours among its: what
// is done to all keys of the one is done to the other. `is_new`: there is no store under our prefix yet. nested_in()
// gives the line for the person who chose the prefix; nothing: all is well.
std::vector<rpc::RequestOp> ask_for_nested(const Keys& keys);
std::optional<std::string> nested_in(const Keys& keys, const rpc::TxnResponse& response, int first, bool is_new);

// The line for the person who finds that etcd does not have what this broker's archive has.
std::string ends_before(const Keys& keys, base::BlockNo held);

// The only key of response `index`, if it is there.
const rpc::KeyValue* first_of(const rpc::TxnResponse& response, int index);

}  // namespace broker::etcd
