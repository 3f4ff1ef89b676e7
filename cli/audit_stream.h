// StreamAudit: goes over the books with its own arithmetic, which shares nothing with the ledger's.
//
// Fed with the blocks of the stream from the first one on, it recomputes every item and checks:
//
//   chain    blocks and seqs follow each other without gaps, each block names the hash of the one before, terms never
//            fall
//   time     of blocks, and of what the writers decided, never goes back
//   writers  a block tells the epoch of the last appointment, and nothing is decided before the first one
//   items    events name items that exist or add ones that do not, and old prices are those that were
//   stock    is never below zero, and after each movement what was there before plus the movement (G1)
//   orders   are 1, 2, 3, ... without gaps, at the prices of their time, with right totals
//   keys     each has at most one effect (G3)
//
// and, told what the catalogue shows, `catalog`: every item is shown as its last event left it.
//
// After a fault it believes what the event tells, so that one fault is counted once. What cannot be read ends the walk.
// All input is hostile: no number is used in arithmetic before its range is known. What it finds no fault with, the
// ledger's own CHECKs pass.
// Memory: all items, and all keys (about 100 bytes each) unless it is told to forget them. Threads: none. Tests:
// tests/cli/audit_stream_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/core.h"
#include "msg/block.h"

namespace cli {

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

// How often something was wrong, and the first example.
struct Faults {
  std::uint64_t count = 0;
  std::string first;

  void add(std::string example) {
    if (count++ == 0) first = std::move(example);
  }
  Check check(std::string name, std::string when_ok) const;
};

class StreamAudit {
 public:
  // kForget: for who has no memory for all keys; `keys` is not checked then.
  enum class Keys { kRemember, kForget };
  explicit StreamAudit(Keys keys = Keys::kRemember) : remember_keys_(keys == Keys::kRemember) {}

  // Told each event, in order, until there is a fault.
  using Sound = std::function<void(const msg::Event& event, base::Seq seq)>;

  // The next block. Whoever feeds goes on with next() while readable().
  void block(base::BytesView bytes, const Sound& sound = {});
  base::Seq next() const { return next_; }
  base::BlockNo block_no() const { return no_; }  // of the last block, and its hash
  const msg::Hash& block_hash() const { return hash_; }
  std::uint64_t faults() const;
  bool readable() const { return readable_; }
  // The one who feeds cannot: a fault of the chain.
  void cannot_go_on(const std::string& why);

  // The catalogue shows this item, asked after everything before next() was walked. A newer version is compared when
  // the walk comes to it.
  void shown(const msg::Item& item);
  base::Seq awaited() const;  // the latest version that is yet to be compared; 0: none
  // All pages were seen, and the first was asked for when the walk had come to `since`.
  void all_shown(base::Seq since);

  // About `count` items' ids, evenly over all.
  std::vector<base::ItemId> sample(std::size_t count) const;
  // All but `catalog`.
  std::vector<Check> books() const;
  // To be asked once, at the end.
  std::vector<Check> checks();

 private:
  struct Entry {
    msg::Item item;
    base::Seq added;
    bool shown = false;
  };
  struct Pieces {
    std::int64_t initial = 0;
    std::int64_t moved = 0;
    std::int64_t bought = 0;
    std::int64_t sold = 0;
  };

  void follow(const msg::Block& block);
  void close(const msg::Block& block);
  void take(const msg::Event& event);
  void decided(const std::string& key);
  void apply(const msg::StoreCreated& created);
  void apply(const msg::WriterAppointed& appointed);
  void apply(const msg::HolderJoined&) {}
  void apply(const msg::HolderLeft&) {}
  void apply(const msg::ItemsAdded& added);
  void apply(const msg::PriceChanged& changed);
  void apply(const msg::StockMoved& moved);
  void apply(const msg::OrderPlaced& placed);
  void apply(const msg::KeyVoided&) {}
  void apply(const msg::OrderLine& line, msg::OrderType type);
  void add(const msg::ItemAdded& added);
  void move(Entry& entry, base::Quantity delta, base::Quantity told);
  Entry* find(base::ItemId id);
  void compare(const msg::Item& shown);
  void compare_awaited();

  const bool remember_keys_;
  bool readable_ = true;
  base::Seq next_{1};
  base::Seq seq_;  // of the event that is being taken
  base::BlockNo no_;
  base::Term term_;
  msg::Hash hash_ = msg::no_hash();
  std::int64_t block_at_ = 0;
  std::int64_t event_at_ = 0;
  base::Epoch epoch_;
  base::Epoch block_epoch_;  // and the producer number: of the block before
  base::ProducerNo producer_;
  base::OrderNo last_order_;
  Pieces pieces_;
  std::map<base::ItemId, Entry> items_;
  std::unordered_map<std::string, base::Seq> keys_;
  std::multimap<base::Seq, msg::Item> awaited_;
  std::uint64_t shown_ = 0;
  Faults chain_, time_, writers_, item_faults_, stock_, orders_, key_faults_, catalog_;
};

}  // namespace cli
