// The workload: the requests of a shop's clients, drawn from the seed.
//
// Each client has a few requests under way. It reads in all ways. It places orders of one to three lines, some with the
// same item twice, many for one hot item that is nearly always about to be sold out. It sells, restocks both ways,
// counts, asks for movements, changes prices, and adds items, many with equal titles and with lesser ids than earlier
// items. In a third of the runs it edits items: it gives them titles and topics of others, retires them, and brings
// them back. In most of these runs it also has several places: it restocks, counts and buys at them, transfers pieces,
// and sometimes mistypes a place. With used keys it sends the same request again, another request of the same or of
// another kind, or one with the same short digest, and asks for the outcome, also of unused keys; several clients do so
// at the same time. Each client also looks items up all the time. It cancels orders, mostly recent ones, whole and by
// lines, also more than was bought and what was cancelled before. In half of the runs it holds pieces for short times,
// confirms holds whole and in part, extends and releases them, mostly recent ones, some about when they end, and lets
// many expire. In some runs it makes subscriptions of few names, acknowledges them, also backwards, beyond the stream
// and too often, ends them, and lets many be dropped. At an edge that is cut off from its broker, writes and searches
// soon wait, and only lookups that hit the cache get stale answers. Some clients mostly accept old answers, so they go
// on without a lease. A client that comes back after a crash asks for the outcomes of the writes that it had under way.
// Threads in the frontends' processes look items up in memory (DESIGN 13). Threads: none.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace sim {

class Workload {
 public:
  static constexpr base::ItemId kHot{1};
  static constexpr std::size_t kSlots = 3;  // requests that a client has under way

  explicit Workload(Cluster& cluster);

  // The first items. The workload starts once they are added.
  static msg::AddItems first_items();
  // Hurried clients sometimes have deadlines that pass before an answer can come.
  void start(bool hurried);
  void stop() { running_ = false; }

 private:
  // A part of the shop that only some runs use.
  enum class Part { kHolds, kEdits, kPlaces, kSubscriptions };
  struct Kind {
    unsigned weight;
    Request (Workload::*make)();
    std::optional<Part> part{};  // nothing: every run makes such requests
  };
  static const std::vector<Kind>& kinds();

  void begin(const std::string& client);
  void next(const std::string& client);
  void browse(const std::string& client);
  void look_up(const std::string& frontend);
  void began_again(const std::string& client);
  std::optional<std::uint32_t> some_age(const std::string& client);  // the age that an answer may have
  Request some_request();
  Request lookup();
  Request lookup_title();
  Request search();
  Request buy();
  Request buy_hot();
  Request sell();
  Request cancel();
  Request hold();
  Request confirm();
  Request extend();
  Request release();
  Request show_hold();
  Request holds();
  Request restock();
  Request count();
  Request transfer();
  Request subscribe();
  Request acknowledge();
  Request unsubscribe();
  Request subscriptions();
  Request movements();
  Request price();
  Request edit();
  msg::Terms some_terms();
  msg::Topics some_topics();
  msg::AttributeChanges some_changes();
  base::Quantity some_threshold(const msg::Item& item);
  std::vector<std::string> some_rules(const msg::Terms& terms);
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
  bool has(Part part) const { return parts_.count(part) > 0; }
  bool may(const Kind& kind) const { return !kind.part || has(*kind.part); }
  std::string some_subscription();
  std::optional<std::string> some_place();
  // In runs with several places, lets the request be of one of them.
  template <class Change>
  void at_some_place(Change& change);
  base::HoldNo some_hold();
  base::ItemId some_item();
  base::Seq some_version(base::ItemId item);
  base::Quantity some_pieces(std::uint64_t most);
  std::string some_title();  // one that several items have
  std::string some_customer();
  msg::DemandLine some_line();
  const Request& some_write();

  Cluster& cluster_;
  World& world_;
  bool running_ = false;
  bool hurried_ = false;
  std::set<Part> parts_;
  std::uint64_t keys_ = 0;
  std::uint64_t titles_ = 100;
  std::uint64_t asked_ = 0;
  std::vector<Request> writes_;  // every one so far
  struct Doing {
    std::uint64_t life = 0;                          // number of crashes so far
    double takes_old = 0;                            // probability that an old answer is accepted
    std::map<std::uint64_t, std::string> under_way;  // keys of its writes
  };
  std::map<std::string, Doing> doing_;  // by client
};

}  // namespace sim
