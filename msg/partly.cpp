#include "msg/partly.h"

#include <utility>

#include "msg/block.h"
#include "msg/codec.h"
#include "msg/effects.h"

namespace msg {
namespace {

// One function for each kind of event, and none for all others: a new kind does not compile without its own. Returns
// whether the event is shown, and removes what concerns others.
struct Show {
  bool own;

  bool operator()(const StoreCreated&) const { return true; }
  bool operator()(const WriterAppointed&) const { return false; }
  bool operator()(const HolderJoined&) const { return false; }
  bool operator()(const HolderLeft&) const { return false; }
  bool operator()(ItemsAdded& added) const { return without_key(added); }
  bool operator()(PriceChanged& changed) const { return without_key(changed); }
  bool operator()(ItemEdited& edited) const { return without_key(edited); }
  bool operator()(StockMoved& moved) const {
    moved.reason.clear();
    moved.counted.reset();
    moved.found.reset();
    return without_key(moved);
  }
  bool operator()(OrderPlaced& placed) const { return without_buyer(placed); }
  bool operator()(OrderCancelled& cancelled) const {
    if (!own) cancelled.reason.clear();
    return without_buyer(cancelled);
  }
  bool operator()(const KeyVoided&) const { return false; }
  bool operator()(const CredentialGranted&) const { return false; }
  bool operator()(const CredentialRevoked&) const { return false; }
  bool operator()(const ActNoted&) const { return false; }
  bool operator()(HoldPlaced& placed) const {
    if (!own) placed.expires = 0;
    return without_holder(placed);
  }
  bool operator()(const HoldExtended&) const { return own; }
  bool operator()(HoldConfirmed& confirmed) const {
    if (!own) confirmed.no = {};
    return without_holder(confirmed);
  }
  bool operator()(HoldEnded& ended) const { return without_holder(ended); }
  bool operator()(const SubscriptionMade&) const { return false; }
  bool operator()(const SubscriptionAcknowledged&) const { return false; }
  bool operator()(const SubscriptionEnded&) const { return false; }
  bool operator()(const StockLow&) const { return false; }
  bool operator()(const StockOk&) const { return false; }

 private:
  template <class OfHold>
  bool without_holder(OfHold& change) const {
    if (own) return true;
    change.hold = {};
    change.customer.clear();
    return without_key(change);
  }
  template <class OfOrder>
  bool without_buyer(OfOrder& change) const {
    if (own) return true;
    change.no = {};
    change.customer.clear();
    return without_key(change);
  }
  template <class Change>
  static bool without_key(Change& change) {
    if (const auto key = key_in(change)) key->clear();
    change.req = 0;
    change.digest.reset();
    return true;
  }
  template <class Change>
  static std::string* key_in(Change& change) {
    return &change.key;
  }
  static std::string* key_in(HoldEnded& ended) { return ended.key ? &*ended.key : nullptr; }
};

}  // namespace

Viewer viewer_of(const std::optional<Credential>& credential, Anonymous anonymous) {
  if (!credential) return {.everything = anonymous == Anonymous::kAll, .by = {}, .customer = {}};
  return {kForStaff.has(credential->role), credential->id, credential->customer};
}

bool is_own(const Viewer& viewer, const Event& event) {
  const auto* customer = customer_of(event);
  if (!customer) return false;
  return (viewer.by && event.by == viewer.by) || (!viewer.customer.empty() && *customer == viewer.customer);
}

std::optional<Event> shown_to(const Viewer& viewer, Event event) {
  const bool own = is_own(viewer, event);
  if (!std::visit([&](auto& what) { return Show{own}(what); }, event.what)) return std::nullopt;
  if (event.by != viewer.by) event.by.reset();
  return event;
}

base::Result<EventsReply> partly(const EventsReply& reply, const Viewer& viewer) {
  EventsReply shown{{}, reply.mark, std::vector<BlockPart>()};
  for (const auto& bytes : reply.blocks) {
    const auto block = decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    auto events = decode_events(block->events.bytes, block->count);
    if (!events) return base::fail(events.error().message);
    BlockPart part{block->first, block->count, {block->prev.bytes}, {block->hash.bytes}, {}};
    auto seq = block->first;
    for (auto& event : *events) {
      if (const auto seen = shown_to(viewer, std::move(event))) part.events.push_back({seq, {encoded(*seen)}});
      seq = seq.next();
    }
    shown.parts->push_back(std::move(part));
  }
  return shown;
}

}  // namespace msg
