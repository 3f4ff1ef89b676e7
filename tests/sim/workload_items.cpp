// Workload: requests about items: those that read, change and add them, and move their pieces.
#include <algorithm>
#include <array>

#include "tests/sim/workload.h"

namespace sim {
namespace {

constexpr std::size_t kFirstItems = 8;
constexpr std::size_t kSharedTitles = 4;  // each has many items

std::string title_of(std::uint64_t number) {
  static const std::vector<std::string> kWords{"Xen", "RPCs", "Theory", "Spring", "Cooking"};
  return fmt::format("{} volume{}", kWords[number % kWords.size()], number);
}

// Each is written in several ways, which are equal without case.
std::string shared_title(std::uint64_t number, std::size_t spelling) {
  static const std::array<std::vector<std::string>, kSharedTitles> kSpellings{
      {{"Collected works", "COLLECTED WORKS"},
       {"Stra\u00dfe", "STRASSE"},
       {"Caf\u00e9", "CAFE\u0301", "cafe\u0301"},
       {"\u0412\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440",
        "\u0412\u041e\u0419\u041d\u0410 \u0418 \u041c\u0418\u0420"}}};
  const auto& all = kSpellings.at(number);
  return all[spelling % all.size()];
}

std::string topic_of(std::uint64_t number) { return number % 3 == 0 ? "graduate \u00e9cole" : "distributed systems"; }
std::string topic_in_capitals(std::uint64_t number) {
  return number % 3 == 0 ? "GRADUATE E\u0301COLE" : "DISTRIBUTED SYSTEMS";
}

}  // namespace

msg::AddItems Workload::first_items() {
  msg::AddItems add{.key = "first"};
  for (std::uint64_t i = 1; i <= kFirstItems; ++i) {
    const base::Quantity stock(i == kHot.value() ? 30 : 1000);
    add.items.push_back({base::ItemId(i), title_of(i), topic_of(i), base::Cents(500), stock});
  }
  return add;
}

base::ItemId Workload::some_item() {
  if (world_.chance(0.5)) return kHot;
  return base::ItemId(1 + world_.random().below(kFirstItems + 2));  // the last ones do not exist, or not yet
}

base::Quantity Workload::some_pieces(std::uint64_t most) {
  return base::Quantity(static_cast<std::int64_t>(1 + world_.random().below(most)));
}

std::string Workload::some_title() { return shared_title(world_.one_of(kSharedTitles), world_.one_of(3)); }

Request Workload::lookup() { return msg::Lookup{.item = some_item()}; }

Request Workload::lookup_title() {
  if (world_.chance(0.5)) return msg::Lookup{.title = some_title()};
  return msg::Lookup{.title = title_of(1 + world_.random().below(kFirstItems + 1))};
}

Request Workload::search() {
  msg::Search search;
  if (world_.chance(0.5))
    search.topic = world_.chance(0.5) ? topic_of(world_.one_of(3)) : topic_in_capitals(world_.one_of(3));
  if (world_.chance(0.4)) search.text = world_.chance(0.5) ? "xe" : world_.chance(0.5) ? "spring vol" : "STRA\u1e9eE";
  if (has(Part::kEdits) && !search.topic && !search.text && world_.chance(0.6)) {
    (world_.chance(0.5) ? search.retired : search.low) = true;
  }
  if (world_.chance(0.3)) search.after = base::ItemId(world_.one_of(8));
  if (world_.chance(0.3)) search.limit = static_cast<std::uint32_t>(1 + world_.one_of(4));
  return search;
}

Request Workload::restock() {
  msg::Restock restock{.key = new_key(), .item = some_item(), .delta = some_pieces(6)};
  if (world_.chance(0.3)) restock.delta = -restock.delta;
  if (world_.chance(0.5)) restock.reason = "counted";
  if (world_.chance(0.3)) restock.version = some_version(restock.item);
  at_some_place(restock);
  return restock;
}

// Nothing: the request names none. The last one is mistyped, and opened now and then.
std::optional<std::string> Workload::some_place() {
  static const std::array<std::string, 5> kPlaces{"main", "annex", "north", "vault", "notrh"};
  if (world_.chance(0.2)) return std::nullopt;
  return kPlaces.at(world_.one_of(world_.chance(0.9) ? kPlaces.size() - 1 : kPlaces.size()));
}

template <class Change>
void Workload::at_some_place(Change& change) {
  if (!has(Part::kPlaces) || world_.chance(0.5)) return;
  change.place = some_place();
  if (world_.chance(0.5)) change.opens = true;
}

// Also of more pieces than are there.
Request Workload::transfer() {
  msg::Transfer transfer{.key = new_key(), .item = some_item(), .quantity = some_pieces(8), .from = some_place()};
  do {
    transfer.to = some_place();
  } while (transfer.to.value_or("main") == transfer.from.value_or("main"));
  if (world_.chance(0.7)) transfer.opens = true;
  if (world_.chance(0.5)) transfer.reason = "nearer";
  if (world_.chance(0.3)) transfer.version = some_version(transfer.item);
  return transfer;
}

// Mostly near the stock that the reference knows, as a count in a shop is.
Request Workload::count() {
  msg::CountStock count{.key = new_key(), .item = some_item()};
  const auto* past = cluster_.judge().reference().item(count.item);
  count.stock = base::Quantity(static_cast<std::int64_t>(world_.one_of(20)));
  if (past && world_.chance(0.7)) {
    const auto off = static_cast<std::int64_t>(world_.one_of(7)) - 3;
    count.stock = std::max(past->states.back().stock + base::Quantity(off), base::Quantity());
  }
  if (world_.chance(0.5)) count.reason = "counted";
  if (world_.chance(0.4)) count.version = some_version(count.item);
  at_some_place(count);
  return count;
}

Request Workload::movements() {
  msg::ListMovements list{.item = some_item()};
  if (world_.chance(0.3)) list.before = some_version(list.item);
  if (world_.chance(0.5)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(8));
  return list;
}

// The latest durable one, which the writer may have moved beyond, or any.
base::Seq Workload::some_version(base::ItemId item) {
  const auto& reference = cluster_.judge().reference();
  const auto* past = reference.item(item);
  if (!past || world_.chance(0.2)) return base::Seq(1 + world_.random().below(reference.durable().value() + 2));
  return past->states.back().version;
}

Request Workload::price() {
  const auto cents = static_cast<std::int64_t>(400 + 100 * world_.one_of(4));
  msg::ChangePrice change{.key = new_key(), .item = some_item(), .price = base::Cents(cents)};
  if (world_.chance(0.5)) change.version = some_version(change.item);
  return change;
}

// Retired items soon come back, so that most are for sale.
Request Workload::edit() {
  msg::EditItem edit{.key = new_key(), .item = some_item()};
  const auto* past = cluster_.judge().reference().item(edit.item);
  if (past && msg::is_retired(past->states.back()) && world_.chance(0.7)) {
    edit.retired = false;
  } else if (world_.chance(0.3)) {
    edit.retired = world_.chance(0.8);
  }
  if (world_.chance(0.4)) edit.title = world_.chance(0.5) ? some_title() : title_of(1 + world_.one_of(kFirstItems));
  if (!edit.retired || world_.chance(0.3)) edit.topic = topic_of(world_.one_of(3));
  if (world_.chance(0.6)) edit.terms = some_terms();
  if (edit.terms && world_.chance(0.4)) edit.rules = some_rules(*edit.terms);
  if (world_.chance(0.3)) edit.topics = some_topics();
  if (world_.chance(0.2)) edit.description = world_.chance(0.3) ? "" : "It has\nseveral lines";
  if (world_.chance(0.3)) edit.attributes = some_changes();
  if (past && world_.chance(0.5)) edit.low = some_threshold(past->states.back());
  if (world_.chance(0.5)) edit.version = some_version(edit.item);
  return edit;
}

msg::Topics Workload::some_topics() {
  if (world_.chance(0.3)) return {};
  msg::Topics topics{world_.chance(0.5) ? topic_of(world_.one_of(3)) : topic_in_capitals(world_.one_of(3))};
  if (world_.chance(0.3)) topics.push_back("travel");
  return topics;
}

msg::AttributeChanges Workload::some_changes() {
  msg::AttributeChanges changes;
  for (auto count = 1 + world_.one_of(3); count > 0; --count) {
    auto& value = changes[fmt::format("name-{}", world_.one_of(4))];
    if (world_.chance(0.6)) value = fmt::format("value {}", world_.one_of(5));
  }
  return changes;
}

// Near what is available, so that it is soon passed.
base::Quantity Workload::some_threshold(const msg::Item& item) {
  if (world_.chance(0.2)) return msg::kNoLow;
  const auto near = msg::available_of(item).value() + static_cast<std::int64_t>(world_.one_of(7)) - 4;
  return base::Quantity(std::max<std::int64_t>(near, 0));
}

// The rules that the terms have, and perhaps one that leaves.
std::vector<std::string> Workload::some_rules(const msg::Terms& terms) {
  std::vector<std::string> names;
  msg::for_each_field(terms, [&](std::string_view name, const auto& rule) {
    if (rule || world_.chance(0.3)) names.emplace_back(name);
  });
  if (names.empty()) names.emplace_back("per_order");
  return names;
}

// Often none, so that most requests are not refused by them.
msg::Terms Workload::some_terms() {
  msg::Terms terms;
  if (world_.chance(0.4)) return terms;
  const auto now = cluster_.judge().reference().at();
  if (world_.chance(0.3)) terms.per_order = some_pieces(3);
  if (world_.chance(0.7)) {
    terms.per_customer = some_pieces(8);
    terms.window = static_cast<std::int64_t>(1 + world_.one_of(world_.chance(0.5) ? 300 : 3000));
  }
  if (world_.chance(0.4)) terms.from = now + static_cast<std::int64_t>(world_.one_of(200)) - 50;
  if (world_.chance(0.4)) terms.until = terms.from.value_or(now) + static_cast<std::int64_t>(1 + world_.one_of(250));
  return terms;
}

Request Workload::add() {
  msg::AddItems add{.key = new_key()};
  for (std::size_t count = 1 + world_.one_of(2); add.items.size() < count;) {
    ++titles_;
    msg::NewItem item{{}, title_of(titles_), topic_of(titles_), base::Cents(700), base::Quantity(5)};
    if (world_.chance(0.5)) item.title = some_title();
    if (has(Part::kEdits) && world_.chance(0.4)) item.topics = msg::Topics{topic_of(world_.one_of(3))};
    if (has(Part::kEdits) && world_.chance(0.4)) item.attributes = msg::Attributes{{"name-0", "value 0"}};
    if (world_.chance(0.5)) item.id = base::ItemId(5 + world_.one_of(world_.chance(0.3) ? 12 : 2000));
    if (add.items.empty() || item.id != add.items.front().id || !item.id) add.items.push_back(item);
  }
  return add;
}

}  // namespace sim
