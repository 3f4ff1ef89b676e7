// ScratchRows: the digests of the rows of orders, keys and movements that a stream makes, and the pieces of orders, for
// an audit.
// They are in a private database, which SQLite keeps in memory up to kScratchCacheBytes, then in a file in $TMPDIR
// (else /var/tmp) that has no name and ends with the process.
//
// Errors: a full disk is an exception of SQLiteCpp. Threads: none. Tests: tests/storage/scratch_rows_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace storage {

inline constexpr std::uint64_t kScratchCacheBytes = 32 * 1024 * 1024;

class ScratchRows {
 public:
  struct Row {
    base::Seq seq;
    std::uint64_t digest = 0;
    std::uint64_t older = 0;  // the digest of the same row in an older format
    friend bool operator==(const Row&, const Row&) = default;
  };
  struct KeyRow {
    std::string key;
    Row row;
  };

  ScratchRows();
  ~ScratchRows();

  // Adds a key without digests. If the key is there, its row stays, and its seq is returned.
  std::optional<base::Seq> add_key(const std::string& key, base::Seq seq);
  // Replaces the row of a key, if there is one.
  void put_key(const std::string& key, const Row& row);
  // Ascending by the bytes of the key, greater than `after`, at most `limit`.
  std::vector<KeyRow> keys(const std::string& after, std::uint32_t limit);

  // The pieces of an item that remain of an order.
  struct Pieces {
    base::Quantity quantity;
    base::Cents price;
  };
  void add_pieces(base::OrderNo no, base::ItemId item, const Pieces& pieces);
  Pieces pieces(base::OrderNo no, base::ItemId item);
  // Those of them that came from this place.
  void add_pieces_from(base::OrderNo no, base::ItemId item, const std::string& place, base::Quantity pieces);
  std::map<std::string, base::Quantity> pieces_by_place(base::OrderNo no, base::ItemId item);

  // An order that bought something.
  struct Buy {
    std::string customer;
    std::uint64_t cancellations = 0;
  };
  void add_buy(base::OrderNo no, const std::string& customer);
  // Counts one more cancellation. Returns the order before it; nothing if there is none.
  std::optional<Buy> add_cancellation(base::OrderNo no);

  // Notes that this customer bought the pieces of an item of an order at this time.
  void add_buyer(const std::string& customer, base::ItemId item, std::int64_t at, base::OrderNo no);
  // The pieces of the item that remain of the customer's orders after the time `since`.
  base::Quantity bought_since(const std::string& customer, base::ItemId item, std::int64_t since);

  struct Movement {
    base::ItemId item;
    base::Seq seq;
    std::uint64_t digest = 0;
    base::Quantity delta;
    friend bool operator==(const Movement&, const Movement&) = default;
  };
  void put_movement(const Movement& movement);
  // Ascending by item and seq, after that of this item with this seq, at most `limit`.
  std::vector<Movement> movements(base::ItemId item, base::Seq seq, std::uint32_t limit);

  void put_order(base::OrderNo no, const Row& row);
  std::optional<Row> order(base::OrderNo no);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage
