// The workload: what the clients of a shop do, drawn from the seed.
//
// Each client does a few things at a time: reads of all kinds; buys of one to three lines, some with the same item
// twice, many on one hot item that is nearly always about to be sold out; sells, restocks both ways, price changes, new
// items, many of them with equal titles and with lesser ids than those before. With the keys of before each sends the
// same again, another request of the same kind or of another one, one whose short digest is the same, and asks for the
// outcome, also of keys that nobody has used; several clients do so at the same time. Besides, each looks items up all
// the time: writes and searches soon wait at an edge that is cut off from its broker, and only a client that asks for
// what is in the cache can be told what is stale. Some clients mostly take old answers, too: they go on while a lease
// is gone. A client that has crashed asks, when it is back, for the outcome of the writes that it had under way.
// Threads: none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace sim {

class Workload {
 public:
  static constexpr base::ItemId kHot{1};
  static constexpr std::size_t kSlots = 3;  // things that a client does at a time

  explicit Workload(Cluster& cluster);

  // The first items; the workload starts when they are there.
  static msg::AddItems first_items();
  // Hurried clients have deadlines that are over before an answer is there, now and then.
  void start(bool hurried);
  void stop() { running_ = false; }

 private:
  struct Kind {
    unsigned weight;
    Request (Workload::*make)();
  };
  static const std::vector<Kind>& kinds();

  void begin(const std::string& client);
  void next(const std::string& client);
  void browse(const std::string& client);
  void began_again(const std::string& client);
  std::optional<std::uint32_t> some_age(const std::string& client);  // that an answer may have
  Request some_request();
  Request lookup();
  Request lookup_title();
  Request search();
  Request buy();
  Request buy_hot();
  Request sell();
  Request restock();
  Request price();
  Request add();
  Request order();
  Request orders();
  Request events();
  Request again();
  Request other_with_used_key();
  Request same_short_digest();
  Request outcome();
  Request outcome_of_new_key();

  std::string new_key() { return fmt::format("key-{}", ++keys_); }
  base::ItemId some_item();
  base::Quantity some_pieces(std::uint64_t most);
  std::string some_customer();
  msg::DemandLine some_line();
  const Request& some_write();

  Cluster& cluster_;
  World& world_;
  bool running_ = false;
  bool hurried_ = false;
  std::uint64_t keys_ = 0;
  std::uint64_t titles_ = 100;
  std::uint64_t asked_ = 0;
  std::vector<Request> writes_;  // every one so far
  struct Doing {
    std::uint64_t life = 0;                          // crashes so far
    double takes_old = 0;                            // how often an old answer will do
    std::map<std::uint64_t, std::string> under_way;  // keys of writes
  };
  std::map<std::string, Doing> doing_;  // by client
};

}  // namespace sim
