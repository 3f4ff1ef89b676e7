// Lanes: what other cores of the same loop have handed over to one core, and it was not told yet: replies, and
// publications.
//
// A lane is what comes from one peer in one way, as over a connection: the replies of an endpoint that this core
// dialled, or the publications of one core. Lanes take turns; within a lane the order is that of arrival.
// Bounds: replies are counted by the sender's Unread, publications by kLaneBytesMax a lane.
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
  static constexpr std::size_t kItemCost = 256;  // bytes that a publication takes beside its own

  using Published = std::shared_ptr<const base::Publication>;
  using Reply = std::unique_ptr<Unread::Held>;

  void add_reply(const base::Endpoint& from, Reply reply);
  // `from` stands for the publisher. False: its lane is full, and the publication was not taken.
  [[nodiscard]] bool add_publication(const void* from, Published publication);

  // Tells one item of the lane whose turn it is. Returns its bytes; 0: there is none.
  std::size_t tell_next(const std::function<void(const base::Endpoint& from, base::BytesView reply)>& tell_reply,
                        const std::function<void(const base::Publication&)>& tell_publication);

  // The connection was closed: replies that have not been told are lost.
  void forget_replies(const base::Endpoint& from) { erase({nullptr, from}); }
  void forget_publications(const void* publisher) { erase({publisher, {}}); }

  bool empty() const { return turns_.empty(); }

 private:
  using Key = std::pair<const void*, base::Endpoint>;  // of publications; of replies
  struct Item {
    Reply reply;
    Published publication;
  };
  struct Lane {
    std::deque<Item> items;
    std::size_t bytes = 0;  // of publications
  };

  void add(const Key& key, Item item);
  void erase(const Key& key);

  std::map<Key, Lane> lanes_;
  std::deque<Key> turns_;  // each lane that has something, once; the first one is next
};

}  // namespace net
