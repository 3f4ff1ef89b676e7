// Store of a catalog replica: the view of the items, on a disk, with the search index.
//
// The contract is that of order/store.h: reads see a put row at once, and it is durable from the next commit(),
// together with the position. A search returns ids, and the items come from memory. Items that are retired are not
// found. Implementations: SqliteStore (catalog.db, FTS5) and the simulation's.
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

  // Returns at most `limit` ids greater than search.after, ascending. Each word of search.text must be in the title, as
  // text/words.h says. search.topic must be equal to one of the topics without case (text/fold.h).
  virtual std::vector<base::ItemId> search(const msg::Search& search, std::uint32_t limit) = 0;
  // The least id with this title, without case.
  virtual std::optional<base::ItemId> find_title(const std::string& title) = 0;
};

}  // namespace catalog
