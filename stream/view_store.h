// ViewStore: the common part of the stores of all views: a position, the items, and whether the view is sound.
//
// Errors: a failing disk or a corrupt file is an exception; the process leaves rotation and stops.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "msg/types.h"
#include "stream/position.h"

namespace stream {

class ViewStore {
 public:
  virtual ~ViewStore() = default;

  virtual Position position() const = 0;
  virtual void each_item(const std::function<void(const msg::Item&)>& visit) = 0;
  // Items with ids greater than `after`, ascending by id, at most `limit`.
  virtual std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) = 0;
  // ledger::Items::digest() as it was committed with the position. Missing in a view of a format that did not keep it.
  virtual std::optional<std::uint64_t> items_digest() const = 0;

  // The reason why this view is known to be wrong. It is kept across restarts; only another view in its place removes
  // it. diverge() drops everything put since the last commit.
  virtual std::optional<std::string> diverged() const = 0;
  virtual void diverge(const std::string& why) = 0;

  // Returns whether the disk has room for a commit. Without room, rows that were put stay in the open transaction,
  // where reads see them.
  virtual bool has_room() { return true; }
  // Throws std::runtime_error if the files were removed or replaced while they were open.
  virtual void look() const {}
  // Begins to bring what is committed to stable storage.
  virtual void settle() = 0;
  // Returns nothing until that has ended. Then it returns true if everything committed before settle() is on stable
  // storage, and false if a reader of the file was in the way, or the disk is full.
  virtual std::optional<bool> settle_result() = 0;
  // The number of failures of settle() and of checkpoints of the store itself. A failure loses nothing.
  virtual std::uint64_t checkpoints_failed() const { return 0; }
};

}  // namespace stream
