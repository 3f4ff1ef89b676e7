// Requests and their answers, PROTOCOL 4. A request struct's kType is the `t` of its header; `Reply` is the body of its
// answer, `kFrom` are the roles of the keys and `kFor` the roles of the clients that may send it. A request with a
// `key` is a write: a key takes effect at most once (G3). The requests about items and about orders and holds are in
// headers of their own, and those about credentials in msg/credentials.h; all others are here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "msg/credentials.h"
#include "msg/requests_items.h"
#include "msg/requests_orders.h"
#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

// The answers show the subscription as it is when they are given.
struct SubscriptionReply {
  Seq seq;                                   // of the event that the key made
  std::optional<Subscription> subscription;  // missing: it has ended
  static constexpr auto fields() {
    return std::tuple(field("seq", &SubscriptionReply::seq), field("subscription", &SubscriptionReply::subscription));
  }
};
struct SubscriptionsReply {
  std::vector<Subscription> subscriptions;  // ascending by name
  Seq last;                                 // the last event that the replica has applied
  static constexpr auto fields() {
    return std::tuple(field("subscriptions", &SubscriptionsReply::subscriptions),
                      field("last", &SubscriptionsReply::last));
  }
};

// Makes a subscription. Its events are read with `events`, from the one after its cursor.
struct Subscribe {
  static constexpr std::string_view kType = "subscribe";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  std::optional<Seq> from;                        // the first event; missing: the next one
  std::optional<std::vector<std::string>> types;  // 1 .. kSubscriptionTypesMax, each once; missing: all
  std::optional<std::int64_t> ttl;                // 1 .. kSubscriptionMsMax; missing: kSubscriptionMsDefault
  static constexpr auto fields() {
    return std::tuple(field("key", &Subscribe::key), field("name", &Subscribe::name), field("from", &Subscribe::from),
                      field("types", &Subscribe::types), field("ttl", &Subscribe::ttl));
  }
};

// All events up to `cursor` are done with. An acknowledgement of the present cursor keeps the subscription alive.
struct Acknowledge {
  static constexpr std::string_view kType = "acknowledge";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  Seq cursor;
  static constexpr auto fields() {
    return std::tuple(field("key", &Acknowledge::key), field("name", &Acknowledge::name),
                      field("cursor", &Acknowledge::cursor));
  }
};

struct Unsubscribe {
  static constexpr std::string_view kType = "unsubscribe";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionReply;
  std::string key;
  std::string name;
  static constexpr auto fields() {
    return std::tuple(field("key", &Unsubscribe::key), field("name", &Unsubscribe::name));
  }
};

// All subscriptions, or the one with this name.
struct ListSubscriptions {
  static constexpr std::string_view kType = "subscriptions";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForStaff;
  using Reply = SubscriptionsReply;
  std::optional<std::string> name;
  static constexpr auto fields() { return std::tuple(field("name", &ListSubscriptions::name)); }
};

// The outcome of a key. Asking for an unknown key voids it, so the answer is final in both cases (G3).
enum class OutcomeKind : std::uint8_t { kOrder, kChange, kVoid };
template <>
struct Words<OutcomeKind> {
  static constexpr std::string_view of(OutcomeKind value) {
    switch (value) {
      case OutcomeKind::kOrder:
        return "order";
      case OutcomeKind::kChange:
        return "change";
      case OutcomeKind::kVoid:
        return "void";
    }
    return {};
  }
};
struct OutcomeReply {
  OutcomeKind outcome = OutcomeKind::kVoid;
  Seq seq;                     // of the event that the key made, or of the event that voided it
  std::optional<Order> order;  // for kOrder
  std::optional<Hold> hold{};  // for the kChange of a hold: the hold as it is now
  static constexpr auto fields() {
    return std::tuple(field("outcome", &OutcomeReply::outcome), field("seq", &OutcomeReply::seq),
                      field("order", &OutcomeReply::order), field("hold", &OutcomeReply::hold));
  }
};
struct Outcome {
  static constexpr std::string_view kType = "outcome";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForWriters;
  using Reply = OutcomeReply;
  std::string key;
  static constexpr auto fields() { return std::tuple(field("key", &Outcome::key)); }
};

// Notes an act of an operator in the stream. The note is all that it does.
struct NoteReply {
  Seq seq;  // of the event
  static constexpr auto fields() { return std::tuple(field("seq", &NoteReply::seq)); }
};
struct Note {
  static constexpr std::string_view kType = "note";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForOperators;
  using Reply = NoteReply;
  std::string key;
  Act act = Act::kBackup;
  std::string subject;
  static constexpr auto fields() {
    return std::tuple(field("key", &Note::key), field("act", &Note::act), field("subject", &Note::subject));
  }
};

// The stream for subscribers outside: whole blocks (msg/block.h) that hold `from` and later, up to the watermark. A
// client that may not see everything gets the part of each block that it may see (msg/partly.h), if it asks so.
struct PartEvent {
  Seq seq;
  Blob event;
  static constexpr auto fields() {
    return std::tuple(field("seq", &PartEvent::seq), field("event", &PartEvent::event));
  }
};
struct BlockPart {
  Seq first;
  std::uint32_t count = 0;  // of all events of the block
  Blob prev;                // the hashes of the block
  Blob hash;
  std::vector<PartEvent> events;
  static constexpr auto fields() {
    return std::tuple(field("first", &BlockPart::first), field("count", &BlockPart::count),
                      field("prev", &BlockPart::prev), field("hash", &BlockPart::hash),
                      field("events", &BlockPart::events));
  }
};
struct EventsReply {
  std::vector<Blob> blocks;
  Seq mark;                                     // the watermark; later events are not shown yet
  std::optional<std::vector<BlockPart>> parts;  // instead of blocks
  static constexpr auto fields() {
    return std::tuple(field("blocks", &EventsReply::blocks), field("mark", &EventsReply::mark),
                      field("parts", &EventsReply::parts));
  }
};
struct Events {
  static constexpr std::string_view kType = "events";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = EventsReply;
  Seq from;                            // the first seq is 1
  std::optional<std::uint32_t> bytes;  // about this many bytes at most; if there is a block, at least one comes
  std::optional<std::uint32_t> wait;   // if there is no event yet, wait for one up to this many milliseconds
  std::optional<bool> partly;          // the parts will do
  static constexpr auto fields() {
    return std::tuple(field("from", &Events::from), field("bytes", &Events::bytes), field("wait", &Events::wait),
                      field("partly", &Events::partly));
  }
};

}  // namespace msg
