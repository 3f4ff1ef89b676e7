#include "frontend/partly.h"

#include <utility>

#include "msg/block.h"
#include "msg/codec.h"

namespace frontend {
namespace {

// One function for each kind of event, and none for all others: a new kind does not compile without its own. Returns
// whether the event is shown, and removes what concerns others.
struct Show {
  bool own;

  bool operator()(const msg::StoreCreated&) const { return true; }
  bool operator()(const msg::WriterAppointed&) const { return false; }
  bool operator()(const msg::HolderJoined&) const { return false; }
  bool operator()(const msg::HolderLeft&) const { return false; }
  bool operator()(msg::ItemsAdded& added) const { return without_key(added); }
  bool operator()(msg::PriceChanged& changed) const { return without_key(changed); }
  bool operator()(msg::StockMoved& moved) const {
    moved.reason.clear();
    return without_key(moved);
  }
  bool operator()(msg::OrderPlaced& placed) const {
    if (own) return true;
    placed.no = {};
    placed.customer.clear();
    return without_key(placed);
  }
  bool operator()(const msg::KeyVoided&) const { return false; }
  bool operator()(const msg::CredentialGranted&) const { return false; }
  bool operator()(const msg::CredentialRevoked&) const { return false; }

 private:
  template <class Change>
  static bool without_key(Change& change) {
    change.key.clear();
    change.req = 0;
    change.digest.reset();
    return true;
  }
};

bool is_own(const Viewer& viewer, const msg::Event& event) {
  const auto* placed = std::get_if<msg::OrderPlaced>(&event.what);
  if (!placed) return false;
  return (viewer.by && event.by == viewer.by) || (!viewer.customer.empty() && placed->customer == viewer.customer);
}

}  // namespace

std::optional<msg::Event> shown_to(const Viewer& viewer, msg::Event event) {
  const bool own = is_own(viewer, event);
  if (!std::visit([&](auto& what) { return Show{own}(what); }, event.what)) return std::nullopt;
  if (event.by != viewer.by) event.by.reset();
  return event;
}

base::Result<msg::EventsReply> partly(const msg::EventsReply& reply, const Viewer& viewer) {
  msg::EventsReply shown{{}, reply.mark, std::vector<msg::BlockPart>()};
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    auto events = msg::decode_events(block->events.bytes, block->count);
    if (!events) return base::fail(events.error().message);
    msg::BlockPart part{block->first, block->count, {block->prev.bytes}, {block->hash.bytes}, {}};
    auto seq = block->first;
    for (auto& event : *events) {
      if (const auto seen = shown_to(viewer, std::move(event))) part.events.push_back({seq, {msg::encoded(*seen)}});
      seq = seq.next();
    }
    shown.parts->push_back(std::move(part));
  }
  return shown;
}

}  // namespace frontend
