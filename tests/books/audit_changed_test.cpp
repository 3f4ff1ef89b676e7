// Right streams with one field that is changed: the audit names a fault, or the ledger takes all events. Neither ends
// the process (books/audit_stream.h).
#include <array>
#include <limits>

#include "ledger/credentials.h"
#include "ledger/holds.h"
#include "ledger/items.h"
#include "ledger/key_record.h"
#include "ledger/movements.h"
#include "ledger/orders.h"
#include "ledger/subscriptions.h"
#include "msg/field_types.h"
#include "tests/books/audit_fixture.h"

namespace books {
namespace {

// Changes one value of a message: that with the number `which`, in the way with the number `way`.
class Change {
 public:
  Change(std::size_t which, std::size_t way) : which_(which), way_(way) {}

  bool found() const { return found_; }  // there is such a value
  bool done() const { return done_; }    // and it has such a way

  template <class T>
  void visit(T& value) {
    if (which_-- == 0) {
      found_ = true;
      done_ = change(value);
    } else {
      visit_parts(value);
    }
  }

 private:
  template <class T>
  void visit_parts(T& value) {
    if constexpr (msg::HasFields<T>) {
      msg::for_each_field(value, [&](std::string_view, auto& part) {
        if (!found_) visit(part);
      });
    } else if constexpr (msg::kIsOptional<T>) {
      if (value) visit(*value);
    } else if constexpr (msg::kIsVector<T>) {
      for (auto& part : value) {
        if (!found_) visit(part);
      }
    }
  }
  template <class T>
  bool is_way(T& value, const std::vector<T>& ways) {
    if (way_ >= ways.size()) return false;
    value = ways[way_];
    return true;
  }
  template <class T>
  bool change(T& value) {
    if constexpr (msg::kIsOptional<T>) {
      return is_way(value, {T(), T(std::in_place)});
    } else if constexpr (msg::kIsVector<T>) {
      auto twice = value;
      twice.insert(twice.end(), value.begin(), value.end());
      auto more = value;
      more.emplace_back();
      return is_way(value, {T(), T(1), twice, more, T(value.rbegin(), value.rend())});
    } else if constexpr (msg::kIsMap<T>) {
      T many;
      for (int i = 0; i < 100; ++i) many[std::to_string(i)];
      return is_way(value, {T(), many, T{{"", "x"}}, T{{"x", "\n"}}});
    } else if constexpr (std::is_same_v<T, std::string>) {
      return is_way(value, {"", "main", "\n", " ", std::string(5000, 'x'), value + value, "\xff"});
    } else if constexpr (std::is_same_v<T, msg::Blob>) {
      return is_way(value, {T{""}, T{std::string(33, 'x')}});
    } else if constexpr (std::is_same_v<T, bool>) {
      return is_way(value, {!value});
    } else if constexpr (std::is_enum_v<T>) {
      const auto next = (static_cast<std::size_t>(value) + 1) % msg::kWordCount<T>;
      return is_way(value, {static_cast<T>(next)});
    } else if constexpr (msg::StrongNumber<T>) {
      auto number = value.value();
      const bool is = change(number);
      value = T(number);
      return is;
    } else if constexpr (std::is_integral_v<T>) {
      return is_way(value, {static_cast<T>(value + 1), static_cast<T>(value - 1), 0, 1, static_cast<T>(-1),
                            static_cast<T>(-5), static_cast<T>(2'000'000'000), static_cast<T>(1LL << 53U),
                            std::numeric_limits<T>::min(), std::numeric_limits<T>::max()});
    } else {
      return false;
    }
  }

  std::size_t which_;
  std::size_t way_;
  bool found_ = false;
  bool done_ = false;
};

// All that any process makes of the stream.
struct Shop {
  ledger::Items items;
  ledger::Orders orders;
  ledger::Holds holds;
  ledger::Subscriptions subscriptions;
  ledger::Credentials credentials;
  ledger::KeysTotal keys;
  std::uint64_t taken = 0;

  void take(const msg::Event& event, base::Seq seq) {
    items.evolve(event, seq);
    orders.evolve(event, seq);
    holds.evolve(event, seq);
    subscriptions.evolve(event, seq);
    credentials.evolve(event, seq);
    ledger::movements_of(event, seq, items);
    if (const auto used = ledger::used_key(event, seq, &items)) keys.add(used->key, used->record);
    ++taken;
  }
};

class AuditChanged : public AuditStream {
 protected:
  using What = decltype(msg::Event::what);

  AuditChanged() {
    event(1000, msg::StoreCreated{"store-a"});
    event(1000, msg::WriterAppointed{"order-1", base::Incarnation(1)});
    catalogue();
    sales();
    access();
  }

  void event(std::int64_t at, What what, std::optional<base::Seq> by = {}) {
    events_.push_back({at, std::move(what), by});
  }
  static msg::Places north(std::int64_t pieces) { return {{"north", base::Quantity(pieces)}}; }

  void catalogue() {
    auto first = added(1, 5);
    first.items.push_back({base::ItemId(2), "another", "", base::Cents(0), base::Quantity(9), "text",
                           msg::Topics{"maps"}, msg::Attributes{{"pages", "214"}}});
    event(1000, first);
    event(1000, priced(2, 100, 0));
    auto details = edited(1, "title", "topic", "a topic");
    details.description = "Two\nlines";
    details.topics = msg::Topics{"maps"};
    details.topics_was = msg::Topics();
    details.attributes = msg::Attributes{{"pages", "214"}};
    details.low = base::Quantity(1);
    event(1001, details);
    event(1001, terms(2, {base::Quantity(5), base::Quantity(5), 1000, 1, 99'000}));
    auto opened = moved(1, 0, 5);
    opened.places = north(3);
    opened.opened = true;
    event(1002, opened);
    auto counted = moved(1, 2, 7);
    counted.counted = true;
    counted.places = north(2);
    counted.found = base::Quantity(5);
    event(1002, counted);
    auto at_main = moved(1, 1, 8);
    at_main.counted = true;
    at_main.found = base::Quantity(3);
    event(1002, at_main);
  }
  void sales() {
    auto split = line(1, 4, 4);
    split.places = north(1);
    event(1003, placed(1, {split, line(2, 1, 8)}, 500));
    event(1003, cancelled(1, {line(1, 2, 6)}, 200));
    event(1003, cancelled(1, {line(1, 1, 6)}, 100, msg::CancelKind::kScrap));
    event(1003, sold(2, {line(1, 1, 7)}, 100));
    event(1004, hold(1, kept(6, 6), 2000));
    event(1004, msg::StockLow{base::ItemId(1), base::Quantity(1), base::Quantity(1)});
    event(1004, hold(2, {{base::ItemId(2), base::Quantity(1), base::Cents(100), base::Quantity(1)}}, 1500));
    event(1005, extended(1, 2500, 2000));
    auto last = line(1, 4, 3);
    last.places = north(1);
    auto all = confirmed(1, {last}, 400, kept(6, 0));
    all.no = base::OrderNo(3);
    event(1006, all);
    event(1006, msg::StockOk{base::ItemId(1), base::Quantity(3), base::Quantity(1)});
    event(1500, expired(2, {{base::ItemId(2), base::Quantity(1), base::Cents(100), base::Quantity(0)}}));
  }
  void access() {
    event(1500, granted('a', 3000));
    const auto clerk = base::Seq(events_.size());
    event(1501, msg::SubscriptionMade{key(), 0, "a", base::Seq(3), {"order_placed"}, 5000});
    event(1501, msg::SubscriptionMade{key(), 0, "b", {}, {}, 5000});
    event(1502, msg::SubscriptionAcknowledged{key(), 0, "a", base::Seq(9), base::Seq(2)}, clerk);
    event(1502, moved(1, 1, 4), clerk);
    event(1502, revoked(clerk.value()));
    event(1502, msg::KeyVoided{key()}, clerk);
    event(1503, msg::ActNoted{key(), 0, msg::Act::kTrim, "before seq 2", {}, {}});
    event(6501, msg::SubscriptionEnded{{}, 0, "b"});
    event(6502, msg::SubscriptionEnded{{}, 0, "a"});
    event(6502, moved(2, 1, 9));
  }

  // Gives the stream to an audit, and the events in which it finds no fault to the shop.
  static std::uint64_t faults(const std::vector<msg::Event>& events, storage::ScratchRows* rows, Shop& shop) {
    msg::Block block;
    block.no = base::BlockNo(1);
    block.first = base::Seq(1);
    block.count = static_cast<std::uint32_t>(events.size());
    block.epoch = base::Epoch(2);
    block.prev.bytes = msg::no_hash();
    for (const auto& event : events) msg::encode(event, block.events.bytes);
    StreamAudit audit(rows);
    audit.block(msg::encode_block(block), [&](const msg::Event& event, base::Seq seq) { shop.take(event, seq); });
    return audit.faults();
  }

  // Changes each value of each event in each way.
  void change_all(bool with_rows) {
    std::size_t found = 0;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      for (std::size_t which = 0;; ++which) {
        bool is_value = false;
        for (std::size_t way = 0;; ++way) {
          auto events = events_;
          Change change(which, way);
          change.visit(events[i].at);
          if (!change.found()) change.visit(events[i].by);
          if (!change.found()) std::visit([&](auto& what) { change.visit(what); }, events[i].what);
          is_value = change.found();
          if (!change.done()) break;
          Shop shop;
          std::optional<storage::ScratchRows> rows;
          if (with_rows) rows.emplace();
          const bool is_fault = faults(events, rows ? &*rows : nullptr, shop) > 0;
          ++(is_fault ? found : taken);
          EXPECT_EQ(is_fault, shop.taken < events.size());
        }
        if (!is_value) break;
      }
    }
    EXPECT_GT(found, 500U);
    EXPECT_GT(taken, 50U);
  }

  std::vector<msg::Event> events_;
};

TEST_F(AuditChanged, TheStreamIsRight) {
  Shop shop;
  EXPECT_EQ(faults(events_, &rows_, shop), 0U);
  EXPECT_EQ(shop.taken, events_.size());
}

TEST_F(AuditChanged, AFaultIsNamedOrTheLedgerTakesTheEvents) { change_all(false); }
TEST_F(AuditChanged, TheSameWithTheOrdersAndKeys) { change_all(true); }

}  // namespace
}  // namespace books
