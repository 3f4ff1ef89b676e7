#include "tasks/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <variant>

#include "base/random.h"
#include "msg/places.h"
#include "tasks/details.h"

namespace tasks {
namespace {

constexpr std::size_t kChangesUnderWay = 32;
constexpr std::chrono::seconds kChangePatience(30);

// Edits one item, and changes its price and then its stock. Meanwhile it may have changed only by what this program
// did.
class OneChange {
 public:
  // `now`: the item as it is in the store after all that was done of the change.
  using Done = std::function<void(const std::optional<msg::Refusal>&, const std::string& key, const msg::Item& now)>;

  static void begin(client::Client& store, const UpdatePlan::Change& change, const Done& done) {
    const auto edit = edit_of(change);
    if (!edit) return price(store, change.wanted, change.item, done);
    write(store, *edit, change.item, done,
          [&store, wanted = change.wanted, done](const msg::Item& now) { price(store, wanted, now, done); });
  }

 private:
  static void price(client::Client& store, const msg::Item& wanted, const msg::Item& now, const Done& done) {
    if (wanted.price == now.price) return move(store, wanted, now, done);
    const msg::ChangePrice request{base::new_key(), now.id, wanted.price, now.version};
    write(store, request, now, done,
          [&store, wanted, done](const msg::Item& then) { move(store, wanted, then, done); });
  }
  static void move(client::Client& store, const msg::Item& wanted, const msg::Item& now, const Done& done) {
    const auto moves = moves_of(wanted, now);
    if (moves.empty()) return done(std::nullopt, {}, now);
    const bool is_last = moves.size() == 1;
    const auto next = [&store, wanted, done, is_last](const msg::Item& then) {
      is_last ? done(std::nullopt, {}, then) : move(store, wanted, then, done);
    };
    std::visit(
        [&](auto request) {
          request.key = base::new_key();
          request.version = now.version;
          write(store, request, now, done, next);
        },
        moves.front());
  }
  template <class Request>
  static void write(client::Client& store, const Request& request, const msg::Item& now, const Done& done,
                    const std::function<void(const msg::Item&)>& then) {
    store.submit(request, {.timeout = kChangePatience}, [now, done, then, key = request.key](const auto& answer) {
      const auto reply = client::reply_of<msg::ItemReply>(answer);
      reply.ok() ? then(reply->item) : done(reply.refusal, key, now);
    });
  }
};

// The file may tell only one of the two.
std::optional<std::string> fault_of(base::ItemId item, base::Quantity stock, const std::optional<msg::Places>& places) {
  const auto elsewhere = msg::sum_of(places);
  if (elsewhere <= stock) return std::nullopt;
  return fmt::format(
      "item {}: {} pieces are at other places than {}, but the stock is {}: tell both, in the columns "
      "stock and places",
      item, elsewhere, msg::kMainPlace, stock);
}

}  // namespace

std::vector<msg::Transfer> transfers_of_new(const Catalogue& catalogue, const std::string& prefix) {
  std::vector<msg::Transfer> all;
  for (const auto& row : catalogue.items) {
    const auto found = row.id ? catalogue.places.find(*row.id) : catalogue.places.end();
    if (found == catalogue.places.end() || !found->second) continue;
    std::size_t number = 0;
    for (const auto& each : *found->second) {
      all.push_back({.key = fmt::format("{}-place-{}-{}", prefix, *row.id, ++number),
                     .item = *row.id,
                     .quantity = each.pieces,
                     .to = each.place,
                     .reason = "import",
                     .opens = true});
    }
  }
  return all;
}

std::vector<Move> moves_of(const msg::Item& wanted, const msg::Item& now) {
  std::set<std::string> names{std::string(msg::kMainPlace)};
  for (const auto* item : {&wanted, &now}) {
    for (const auto& each : item->places.value_or(msg::Places())) names.insert(each.place);
  }
  std::vector<msg::AtPlace> lacking;
  std::vector<msg::AtPlace> spare;
  for (const auto& name : names) {
    const auto delta = msg::pieces_at(wanted.stock, wanted.places, name) - msg::pieces_at(now.stock, now.places, name);
    if (delta.value() > 0) lacking.push_back({name, delta});
    if (delta.value() < 0) spare.push_back({name, base::Quantity() - delta});
  }
  const auto named = [](const std::string& place) {
    return place == msg::kMainPlace ? std::nullopt : std::optional(place);
  };
  std::vector<Move> all;
  while (!lacking.empty() && !spare.empty()) {
    auto& to = lacking.back();
    auto& from = spare.back();
    const auto pieces = std::min(to.pieces, from.pieces);
    all.emplace_back(msg::Transfer{.item = now.id,
                                   .quantity = pieces,
                                   .from = named(from.place),
                                   .to = named(to.place),
                                   .reason = "import",
                                   .opens = true});
    to.pieces -= pieces;
    from.pieces -= pieces;
    std::erase_if(lacking, [](const auto& each) { return each.pieces == base::Quantity(); });
    std::erase_if(spare, [](const auto& each) { return each.pieces == base::Quantity(); });
  }
  const auto restock = [&](const msg::AtPlace& at, base::Quantity delta) {
    msg::Restock request{.item = now.id, .delta = delta, .reason = "import", .place = named(at.place)};
    if (request.place) request.opens = true;
    all.emplace_back(std::move(request));
  };
  for (const auto& each : lacking) restock(each, each.pieces);
  for (const auto& each : spare) restock(each, base::Quantity() - each.pieces);
  return all;
}

std::optional<msg::EditItem> edit_of(const UpdatePlan::Change& change) {
  const auto& [item, wanted] = change;
  msg::EditItem edit{.key = base::new_key(), .item = item.id, .version = item.version};
  if (wanted.title != item.title) edit.title = wanted.title;
  if (wanted.topic != item.topic) edit.topic = wanted.topic;
  if (wanted.retired != item.retired) edit.retired = msg::is_retired(wanted);
  if (wanted.terms != item.terms) edit.terms = wanted.terms.value_or(msg::Terms{});
  if (wanted.description != item.description) edit.description = wanted.description.value_or("");
  if (wanted.topics != item.topics) edit.topics = wanted.topics.value_or(msg::Topics());
  edit.attributes = changes_of(wanted.attributes, item.attributes);
  if (wanted.low != item.low) edit.low = wanted.low.value_or(msg::kNoLow);
  return msg::changes_something(edit) ? std::optional(edit) : std::nullopt;
}

std::optional<msg::EditItem> edit_of_new(const Catalogue& catalogue, base::ItemId id) {
  msg::EditItem edit{.item = id};
  if (const auto retired = catalogue.retired.find(id); retired != catalogue.retired.end() && retired->second) {
    edit.retired = true;
  }
  if (const auto terms = catalogue.terms.find(id); terms != catalogue.terms.end() && terms->second != msg::Terms{}) {
    edit.terms = terms->second;
  }
  if (const auto low = catalogue.low.find(id); low != catalogue.low.end()) edit.low = low->second;
  if (!msg::changes_something(edit)) return std::nullopt;
  edit.key = base::new_key();
  return edit;
}

base::Result<UpdatePlan> plan_update(const Catalogue& catalogue, const ItemsById& there, const std::string& file) {
  UpdatePlan plan;
  for (const auto& row : catalogue.items) {
    if (!row.id) {
      return base::fail(file +
                        ": with --update every row needs an id, also that of a new item: see pygmy export items");
    }
    const auto found = there.find(*row.id);
    const auto retired = catalogue.retired.find(*row.id);
    const bool says = retired != catalogue.retired.end();
    if (found == there.end()) {
      const auto places = catalogue.places.find(*row.id);
      if (auto fault = fault_of(*row.id, row.stock, places == catalogue.places.end() ? std::nullopt : places->second)) {
        return base::fail(fmt::format("{}: {}", file, *fault));
      }
      plan.to_add.push_back(row);
      if (auto edit = edit_of_new(catalogue, *row.id)) plan.to_edit.push_back(std::move(*edit));
      continue;
    }
    auto wanted = found->second;
    wanted.title = row.title;
    wanted.topic = row.topic;
    wanted.price = row.price;
    if (catalogue.tells_stock) wanted.stock = row.stock;
    if (catalogue.tells_description) wanted.description = row.description;
    if (catalogue.tells_topics) wanted.topics = row.topics;
    if (catalogue.tells_attributes) wanted.attributes = row.attributes;
    if (const auto low = catalogue.low.find(*row.id); low != catalogue.low.end()) wanted.low = low->second;
    if (says) wanted.retired = retired->second ? std::optional(true) : std::nullopt;
    if (const auto terms = catalogue.terms.find(*row.id); terms != catalogue.terms.end()) {
      wanted.terms = terms->second == msg::Terms{} ? std::nullopt : std::optional(terms->second);
    }
    if (const auto places = catalogue.places.find(*row.id); places != catalogue.places.end()) {
      wanted.places = places->second;
    }
    if (auto fault = fault_of(wanted.id, wanted.stock, wanted.places))
      return base::fail(fmt::format("{}: {}", file, *fault));
    if (wanted == found->second) {
      ++plan.same;
    } else {
      plan.to_change.push_back({found->second, wanted});
    }
  }
  return plan;
}

Changed write_changes(client::Client& store, const UpdatePlan& plan, const Interruption& interruption,
                      const std::function<void(std::size_t)>& progress) {
  Changed changed;
  const auto goes_on = [&](std::size_t begun) {
    return begun < plan.to_change.size() && !changed.refusal && !interruption.came();
  };
  std::size_t begun = 0;
  std::size_t ended = 0;
  while (ended < begun || goes_on(begun)) {
    while (goes_on(begun) && begun - ended < kChangesUnderWay) {
      OneChange::begin(store, plan.to_change[begun++],
                       [&](const std::optional<msg::Refusal>& refusal, const auto& key, const msg::Item& now) {
                         ++ended;
                         if (!refusal) ++changed.items;
                         if (refusal && !changed.refusal) changed = {changed.items, refusal, key, now};
                         progress(changed.items);
                       });
    }
    const auto before = ended;
    store.run_until([&] { return ended > before || ended == begun; });
  }
  return changed;
}

}  // namespace tasks
