// The requests that the journal makes to etcd, and its keys there. Private to broker/etcd.
//
//   PREFIX/lead             name of the leader; the key's version is the term; every append compares its mod revision
//   PREFIX/terms            number of terms before the key `lead` was created; only in a restored store
//   PREFIX/pulse            put by the leader while it appends nothing; the value "resigned" means that no broker leads
//   PREFIX/control          msg::Control, put with each block that changes it
//   PREFIX/block/%020d      a block; block 0 is empty and is put with the first leader
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
constexpr std::int64_t kPageBlocks = 64;  // blocks in one answer; the sequencer closes a block at 128 KiB

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
  // The keys `lead` of stores whose prefix is the beginning of our path, so that their keys would contain all of ours.
  std::vector<std::string> outer_leads() const;
  std::optional<base::BlockNo> block_of(const std::string& key) const;

 private:
  std::string prefix_;
};

// Returns the end of the range of all keys that begin with `prefix`.
std::string after_all(std::string prefix);

rpc::RangeRequest get(const std::string& key);
rpc::RangeRequest get_range(const std::string& key, const std::string& end, std::int64_t limit);
rpc::RequestOp put(const std::string& key, const std::string& value);
rpc::RequestOp ask(const rpc::RangeRequest& range);
rpc::RequestOp remove(const std::string& key, const std::string& end);
rpc::Compare mod_is(const std::string& key, std::int64_t revision);
rpc::Compare absent(const std::string& key);
rpc::Compare present(const std::string& key);
// Compares that no key begins with `prefix`.
rpc::Compare none(const std::string& prefix);

// Puts the block if we lead and the block is the next one. Otherwise the answer has the leader key and the stored
// block. `lead`: the revision of our take-over.
rpc::TxnRequest append(const Keys& keys, std::int64_t lead, const Commit& block);

// Removes all blocks before `up_to` if we lead and the block `up_to` that was put at `revision` is still there.
rpc::TxnRequest remove_before(const Keys& keys, std::int64_t lead, base::BlockNo up_to, std::int64_t revision);

// The outcome of an append.
enum class Appended {
  kNow,      // this transaction has put the block
  kEarlier,  // an earlier one with the same bytes has put it
  kFenced,   // another broker leads, and the block is not ours
  kBroken,   // we lead, but the block cannot be put
};
struct AppendOutcome {
  Appended appended;
  bool still_leading;
};
AppendOutcome outcome(const rpc::TxnResponse& response, std::int64_t lead, const Commit& block);

// Puts the seed of a restored stream (seed.h) with `name` as its leader, if the store has no key yet. Otherwise the
// answer has the leader key.
rpc::TxnRequest seed(const Keys& keys, const std::string& name, const Commit& last, base::Term term);
// Returns whether the seed is there, from this transaction or an earlier one.
bool seeded(const rpc::TxnResponse& response, const std::string& name);

// Returns the number that a value holds. 0: the value is not a number.
std::uint64_t number(const std::string& value);

// Two stores must not be nested: an operation on all keys of the outer store would also hit the inner one.
// ask_for_nested() asks for stores among whose keys ours are, or whose keys are among ours. nested_in() reads the
// answers, from response `first` on, and returns an error for the person who chose the prefix, or nothing. `is_new`: no
// store is under our prefix yet.
std::vector<rpc::RequestOp> ask_for_nested(const Keys& keys);
std::optional<std::string> nested_in(const Keys& keys, const rpc::TxnResponse& response, int first, bool is_new);

// The error for the operator if etcd does not have the last block of this broker's archive.
std::string ends_before(const Keys& keys, base::BlockNo held);

// Returns the only key of response `index`, or null.
const rpc::KeyValue* first_of(const rpc::TxnResponse& response, int index);

}  // namespace broker::etcd
