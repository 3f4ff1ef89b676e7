// Lanes: the replies and publications that other cores of the same loop have handed to one core, until that core is
// told.
//
// A lane stands for one connection: it holds the replies of one endpoint that this core dialled, or the publications of
// one core. Lanes take turns. Within a lane the order is that of arrival.
// Bounds: the sender's Unread counts replies; each lane holds at most kLaneBytesMax of publications.
// Private to net/. Threads: none. Tests: tests/net/lanes_test.cpp
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/core.h"
#include "net/unread.h"

namespace net {

class Lanes {
 public:
  static constexpr std::size_t kLaneBytesMax = 16 * 1024 * 1024;
  static constexpr std::size_t kItemCost = 256;  // bytes that a publication takes besides its own

  using Published = std::shared_ptr<const base::Publication>;
  using Reply = std::unique_ptr<Unread::Held>;

  void add_reply(const base::Endpoint& from, Reply reply);
  // `from` identifies the publisher. Returns false if its lane is full; then the publication was not taken.
  [[nodiscard]] bool add_publication(const void* from, Published publication);

  // Tells one item of the next lane. Returns the item's bytes, or 0 if there is no item.
  std::size_t tell_next(const std::function<void(const base::Endpoint& from, base::BytesView reply)>& tell_reply,
                        const std::function<void(const base::Publication&)>& tell_publication);

  // The connection was closed, so replies that have not been told are lost.
  void forget_replies(const base::Endpoint& from) { erase({nullptr, from}); }
  void forget_publications(const void* publisher) { erase({publisher, {}}); }

  bool empty() const { return turns_.empty(); }

 private:
  // The publisher of publications, or null and the endpoint of replies.
  using Key = std::pair<const void*, base::Endpoint>;
  struct Item {
    Reply reply;
    Published publication;
  };
  struct Lane {
    std::deque<Item> items;
    std::size_t bytes = 0;  // of its publications
  };

  void add(const Key& key, Item item);
  void erase(const Key& key);

  std::map<Key, Lane> lanes_;
  std::deque<Key> turns_;  // each lane that has an item, once; the first one is next
};

}  // namespace net
