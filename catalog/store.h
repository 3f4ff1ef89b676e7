// Store of a catalog replica: the view of the items, on a disk, with the search index.
//
// The same contract as order/store.h: what is put is seen at once, durable from the next commit() together with the
// position. Titles and topics never change, so a search answers ids, and price and stock come from memory.
// Implementations: SqliteStore (catalog.db, FTS5) and the simulator's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "msg/requests.h"
#include "stream/view_store.h"

namespace catalog {

class Store : public stream::ViewStore {
 public:
  virtual void put_item(const msg::Item& item) = 0;
  virtual void commit(const stream::Position& position, std::uint64_t items_digest) = 0;
  // Brings what was committed to stable storage; false: somebody who reads the file was in the way, or the disk is
  // full.
  virtual bool settle() = 0;
  // How often that, or what the store does of the kind by itself, failed; nothing is lost by it.
  virtual std::uint64_t checkpoints_failed() const { return 0; }

  // Ascending ids greater than search.after, at most `limit` of them. Words of search.text must all be in the title
  // (whole words or the beginnings of words, without case); search.topic is exact without case.
  virtual std::vector<base::ItemId> search(const msg::Search& search, std::uint32_t limit) = 0;
  // The least id with this title, without case.
  virtual std::optional<base::ItemId> find_title(const std::string& title) = 0;
};

}  // namespace catalog
