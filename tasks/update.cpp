#include "tasks/update.h"

#include <fmt/format.h>

#include "base/random.h"

namespace tasks {
namespace {

constexpr std::size_t kChangesUnderWay = 32;
constexpr std::chrono::seconds kChangePatience(30);

// Changes the price of one item and then its stock, which may have moved only by what this program did.
class OneChange {
 public:
  using Done = std::function<void(const std::optional<msg::Refusal>&, const std::string& key)>;

  static void begin(client::Client& store, const UpdatePlan::Change& change, const Done& done) {
    if (change.price == change.item.price) return restock(store, change, change.item, done);
    const msg::ChangePrice request{base::new_key(), change.item.id, change.price, change.item.version};
    store.submit(request, {.timeout = kChangePatience}, [&store, change, done, key = request.key](const auto& answer) {
      const auto reply = client::reply_of<msg::ItemReply>(answer);
      reply.ok() ? restock(store, change, reply->item, done) : done(reply.refusal, key);
    });
  }

 private:
  static void restock(client::Client& store, const UpdatePlan::Change& change, const msg::Item& now, const Done& done) {
    const auto delta = change.stock - now.stock;
    if (delta.value() == 0) return done(std::nullopt, {});
    const msg::Restock request{base::new_key(), now.id, delta, "import", now.version};
    store.submit(request, {.timeout = kChangePatience}, [done, key = request.key](const auto& answer) {
      done(client::reply_of<msg::ItemReply>(answer).refusal, key);
    });
  }
};

}  // namespace

base::Result<UpdatePlan> plan_update(const Catalogue& catalogue, const ItemsById& there, const std::string& file) {
  UpdatePlan plan;
  Faults faults;
  for (const auto& row : catalogue.items) {
    if (!row.id) return base::fail(file + ": --update needs the ids of the items: see pygmy export items");
    const auto found = there.find(*row.id);
    if (found == there.end()) {
      plan.to_add.push_back(row);
      continue;
    }
    const auto& item = found->second;
    if (item.title != row.title || item.topic != row.topic) {
      faults.add(fmt::format("{}: item {} is '{}' of the topic '{}' in the store: titles and topics cannot be changed",
                             file, item.id, item.title, item.topic));
    } else if (item.price == row.price && item.stock == row.stock) {
      ++plan.same;
    } else {
      plan.to_change.push_back({item, row.price, row.stock});
    }
  }
  if (faults.any()) return base::fail(faults.text());
  return plan;
}

Changed write_changes(client::Client& store, const UpdatePlan& plan, const std::function<void(std::size_t)>& progress) {
  Changed changed;
  std::size_t begun = 0;
  std::size_t ended = 0;
  while (ended < begun || (begun < plan.to_change.size() && !changed.refusal)) {
    while (!changed.refusal && begun < plan.to_change.size() && begun - ended < kChangesUnderWay) {
      OneChange::begin(store, plan.to_change[begun++],
                       [&](const std::optional<msg::Refusal>& refusal, const auto& key) {
                         ++ended;
                         if (!refusal) ++changed.items;
                         if (refusal && !changed.refusal) changed = {changed.items, refusal, key};
                         progress(changed.items);
                       });
    }
    const auto before = ended;
    store.run_until([&] { return ended > before || ended == begun; });
  }
  return changed;
}

}  // namespace tasks
