// Events: what has happened, PROTOCOL 7. The stream is a sequence of events and the only truth.
//
// On the wire an event is a flat map: `t` (kType), `v` (kVersions), `at` (when it was decided, in milliseconds since
// 1970 UTC; it never goes back along the stream), `by` (the actor, if it has a credential), and the fields of its
// struct. Events carry outcomes: a subscriber needs no rules of the shop to follow them. `req` and `digest` are digests
// of the request that used `key`, so that another request with the same key can be told from a repetition (G3, ADR 19).
// Events of releases that did not yet make `digest` have only `req`.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "msg/credentials.h"
#include "msg/types.h"

namespace msg {

// The first event of every stream. It names the store: a view of one store must never follow another.
struct StoreCreated {
  static constexpr std::string_view kType = "store_created";
  std::string store;                 // drawn at random
  std::optional<Currency> currency;  // missing: nobody named one
  static constexpr auto fields() {
    return std::tuple(field("store", &StoreCreated::store), field("currency", &StoreCreated::currency));
  }
  friend bool operator==(const StoreCreated&, const StoreCreated&) = default;
};

// The seq of this event is the writer's epoch.
struct WriterAppointed {
  static constexpr std::string_view kType = "writer_appointed";
  std::string replica;  // instance, e.g. "order-2"
  base::Incarnation incarnation;
  static constexpr auto fields() {
    return std::tuple(field("replica", &WriterAppointed::replica), field("incarnation", &WriterAppointed::incarnation));
  }
  friend bool operator==(const WriterAppointed&, const WriterAppointed&) = default;
};

// From here on this edge may hold leases (DESIGN 5.1). After HolderLeft it may not, until it joins again.
struct HolderJoined {
  static constexpr std::string_view kType = "holder_joined";
  std::string holder;
  base::Incarnation incarnation;
  static constexpr auto fields() {
    return std::tuple(field("holder", &HolderJoined::holder), field("incarnation", &HolderJoined::incarnation));
  }
  friend bool operator==(const HolderJoined&, const HolderJoined&) = default;
};
struct HolderLeft {
  static constexpr std::string_view kType = "holder_left";
  std::string holder;
  base::Incarnation incarnation;
  static constexpr auto fields() {
    return std::tuple(field("holder", &HolderLeft::holder), field("incarnation", &HolderLeft::incarnation));
  }
  friend bool operator==(const HolderLeft&, const HolderLeft&) = default;
};

struct ItemAdded {
  ItemId id;
  std::string title;
  std::string topic;
  Cents price;
  Quantity stock;
  std::optional<std::string> description{};  // this and the next two as of Item
  std::optional<Topics> topics{};
  std::optional<Attributes> attributes{};
  static constexpr auto fields() {
    return std::tuple(field("id", &ItemAdded::id), field("title", &ItemAdded::title), field("topic", &ItemAdded::topic),
                      field("price", &ItemAdded::price), field("stock", &ItemAdded::stock),
                      field("description", &ItemAdded::description), field("topics", &ItemAdded::topics),
                      field("attributes", &ItemAdded::attributes));
  }
  friend bool operator==(const ItemAdded&, const ItemAdded&) = default;
};
struct ItemsAdded {
  static constexpr std::string_view kType = "items_added";
  std::string key;
  std::uint64_t req = 0;
  std::vector<ItemAdded> items;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &ItemsAdded::key), field("req", &ItemsAdded::req),
                      field("items", &ItemsAdded::items), field("digest", &ItemsAdded::digest));
  }
  friend bool operator==(const ItemsAdded&, const ItemsAdded&) = default;
};

struct PriceChanged {
  static constexpr std::string_view kType = "price_changed";
  std::string key;
  std::uint64_t req = 0;
  ItemId item;
  Cents price;
  Cents was;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &PriceChanged::key), field("req", &PriceChanged::req),
                      field("item", &PriceChanged::item), field("price", &PriceChanged::price),
                      field("was", &PriceChanged::was), field("digest", &PriceChanged::digest));
  }
  friend bool operator==(const PriceChanged&, const PriceChanged&) = default;
};

// The values of these fields of an item after the event; missing: unchanged. At least one is there.
struct ItemEdited {
  static constexpr std::string_view kType = "item_edited";
  std::string key;
  std::uint64_t req = 0;
  ItemId item;
  std::optional<std::string> title;
  std::optional<std::string> topic;
  std::optional<std::string> topic_was;  // before; there if `topic` is
  std::optional<bool> retired;
  std::optional<Blob> digest;
  std::optional<Terms> terms{};              // all terms of sale; without any rule: none
  std::optional<std::string> description{};  // empty: none
  std::optional<Topics> topics{};            // all besides the first one; empty: none
  std::optional<Topics> topics_was{};        // before; there if `topics` is
  std::optional<Attributes> attributes{};    // all of them; empty: none
  std::optional<Quantity> low{};             // kNoLow: none
  static constexpr auto fields() {
    return std::tuple(field("key", &ItemEdited::key), field("req", &ItemEdited::req), field("item", &ItemEdited::item),
                      field("title", &ItemEdited::title), field("topic", &ItemEdited::topic),
                      field("topic_was", &ItemEdited::topic_was), field("retired", &ItemEdited::retired),
                      field("digest", &ItemEdited::digest), field("terms", &ItemEdited::terms),
                      field("description", &ItemEdited::description), field("topics", &ItemEdited::topics),
                      field("topics_was", &ItemEdited::topics_was), field("attributes", &ItemEdited::attributes),
                      field("low", &ItemEdited::low));
  }
  friend bool operator==(const ItemEdited&, const ItemEdited&) = default;
};

struct StockMoved {
  static constexpr std::string_view kType = "stock_moved";
  std::string key;
  std::uint64_t req = 0;
  ItemId item;
  Quantity delta;
  Quantity stock;  // after the movement
  std::string reason;
  std::optional<Blob> digest;
  std::optional<bool> counted{};  // the pieces of a place were counted; missing: no; never false
  // The changes at places other than `main`, where `delta` minus their sum changes. Without `counted` and with a
  // `delta` of 0, pieces were transferred.
  std::optional<Places> places{};
  std::optional<Quantity> found{};  // by a count: at its place, if the item had pieces elsewhere; missing: `stock`
  std::optional<bool> opened{};     // no item had pieces at the place where some come in; missing: no; never false
  static constexpr auto fields() {
    return std::tuple(field("key", &StockMoved::key), field("req", &StockMoved::req), field("item", &StockMoved::item),
                      field("delta", &StockMoved::delta), field("stock", &StockMoved::stock),
                      field("reason", &StockMoved::reason), field("digest", &StockMoved::digest),
                      field("counted", &StockMoved::counted), field("places", &StockMoved::places),
                      field("found", &StockMoved::found), field("opened", &StockMoved::opened));
  }
  friend bool operator==(const StockMoved&, const StockMoved&) = default;
};

struct OrderPlaced {
  static constexpr std::string_view kType = "order_placed";
  std::string key;
  std::uint64_t req = 0;
  OrderNo no;
  OrderType type = OrderType::kBuy;
  std::string customer;
  std::vector<OrderLine> lines;
  Cents total;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &OrderPlaced::key), field("req", &OrderPlaced::req), field("no", &OrderPlaced::no),
                      field("type", &OrderPlaced::type), field("customer", &OrderPlaced::customer),
                      field("lines", &OrderPlaced::lines), field("total", &OrderPlaced::total),
                      field("digest", &OrderPlaced::digest));
  }
  friend bool operator==(const OrderPlaced&, const OrderPlaced&) = default;
};

// Pieces of a buy go back: an event of its own, which leaves the order as it was placed.
struct OrderCancelled {
  static constexpr std::string_view kType = "order_cancelled";
  std::string key;
  std::uint64_t req = 0;
  OrderNo no;
  CancelKind kind = CancelKind::kCancel;
  std::string customer;          // of the order
  std::vector<OrderLine> lines;  // each item once; `stock` is the stock after the line
  Cents total;
  std::string reason;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &OrderCancelled::key), field("req", &OrderCancelled::req),
                      field("no", &OrderCancelled::no), field("kind", &OrderCancelled::kind),
                      field("customer", &OrderCancelled::customer), field("lines", &OrderCancelled::lines),
                      field("total", &OrderCancelled::total), field("reason", &OrderCancelled::reason),
                      field("digest", &OrderCancelled::digest));
  }
  friend bool operator==(const OrderCancelled&, const OrderCancelled&) = default;
};

struct KeyVoided {
  static constexpr std::string_view kType = "key_voided";
  std::string key;
  static constexpr auto fields() { return std::tuple(field("key", &KeyVoided::key)); }
  friend bool operator==(const KeyVoided&, const KeyVoided&) = default;
};

// From here on the client with this token has these rights. The seq of this event is the id of the credential.
struct CredentialGranted {
  static constexpr std::string_view kType = "credential_granted";
  std::string key;
  std::uint64_t req = 0;
  Blob hash;  // SHA-256 of the token
  ClientRole role = ClientRole::kReader;
  std::string customer;
  std::string label;
  std::optional<std::int64_t> expires;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &CredentialGranted::key), field("req", &CredentialGranted::req),
                      field("hash", &CredentialGranted::hash), field("role", &CredentialGranted::role),
                      field("customer", &CredentialGranted::customer), field("label", &CredentialGranted::label),
                      field("expires", &CredentialGranted::expires), field("digest", &CredentialGranted::digest));
  }
  friend bool operator==(const CredentialGranted&, const CredentialGranted&) = default;
};
struct CredentialRevoked {
  static constexpr std::string_view kType = "credential_revoked";
  std::string key;
  std::uint64_t req = 0;
  Seq id;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &CredentialRevoked::key), field("req", &CredentialRevoked::req),
                      field("id", &CredentialRevoked::id), field("digest", &CredentialRevoked::digest));
  }
  friend bool operator==(const CredentialRevoked&, const CredentialRevoked&) = default;
};

// An operator did this, or was about to do it. The store has no other trace of such an act.
struct ActNoted {
  static constexpr std::string_view kType = "act_noted";
  std::string key;
  std::uint64_t req = 0;
  Act act = Act::kBackup;
  std::string subject;             // for people: an instance, a range of the stream
  std::optional<std::string> who;  // the name of the operator's key, if the client had no token
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &ActNoted::key), field("req", &ActNoted::req), field("act", &ActNoted::act),
                      field("subject", &ActNoted::subject), field("who", &ActNoted::who),
                      field("digest", &ActNoted::digest));
  }
  friend bool operator==(const ActNoted&, const ActNoted&) = default;
};

// Pieces are kept for a customer until the event time `expires`.
struct HoldPlaced {
  static constexpr std::string_view kType = "hold_placed";
  std::string key;
  std::uint64_t req = 0;
  HoldNo hold;
  std::string customer;
  std::vector<HoldLine> lines;
  std::int64_t expires = 0;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &HoldPlaced::key), field("req", &HoldPlaced::req), field("hold", &HoldPlaced::hold),
                      field("customer", &HoldPlaced::customer), field("lines", &HoldPlaced::lines),
                      field("expires", &HoldPlaced::expires), field("digest", &HoldPlaced::digest));
  }
  friend bool operator==(const HoldPlaced&, const HoldPlaced&) = default;
};

struct HoldExtended {
  static constexpr std::string_view kType = "hold_extended";
  std::string key;
  std::uint64_t req = 0;
  HoldNo hold;
  std::string customer;  // of the hold
  std::int64_t expires = 0;
  std::int64_t was = 0;  // `expires` before
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &HoldExtended::key), field("req", &HoldExtended::req),
                      field("hold", &HoldExtended::hold), field("customer", &HoldExtended::customer),
                      field("expires", &HoldExtended::expires), field("was", &HoldExtended::was),
                      field("digest", &HoldExtended::digest));
  }
  friend bool operator==(const HoldExtended&, const HoldExtended&) = default;
};

// The hold ends and makes an order of all its pieces, or of some; the others are available again.
struct HoldConfirmed {
  static constexpr std::string_view kType = "hold_confirmed";
  std::string key;
  std::uint64_t req = 0;
  HoldNo hold;
  OrderNo no;  // of the order
  std::string customer;
  std::vector<OrderLine> lines;  // of the order, at the prices of the hold
  Cents total;
  std::vector<HoldLine> ended;  // all lines of the hold; `held` is after this event
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &HoldConfirmed::key), field("req", &HoldConfirmed::req),
                      field("hold", &HoldConfirmed::hold), field("no", &HoldConfirmed::no),
                      field("customer", &HoldConfirmed::customer), field("lines", &HoldConfirmed::lines),
                      field("total", &HoldConfirmed::total), field("ended", &HoldConfirmed::ended),
                      field("digest", &HoldConfirmed::digest));
  }
  friend bool operator==(const HoldConfirmed&, const HoldConfirmed&) = default;
};

// The pieces of a hold are available again: a request released them, or the hold has expired.
struct HoldEnded {
  static constexpr std::string_view kType = "hold_ended";
  std::optional<std::string> key;  // of the request that released it; missing: it has expired
  std::uint64_t req = 0;
  HoldNo hold;
  std::string customer;
  std::vector<HoldLine> lines;  // all lines of the hold; `held` is after this event
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &HoldEnded::key), field("req", &HoldEnded::req), field("hold", &HoldEnded::hold),
                      field("customer", &HoldEnded::customer), field("lines", &HoldEnded::lines),
                      field("digest", &HoldEnded::digest));
  }
  friend bool operator==(const HoldEnded&, const HoldEnded&) = default;
};

// Somebody follows the stream from here on, and tells how far it has come.
struct SubscriptionMade {
  static constexpr std::string_view kType = "subscription_made";
  std::string key;
  std::uint64_t req = 0;
  std::string name;
  std::optional<Seq> from;         // the first event that it is about; missing: the one after this event
  std::vector<std::string> types;  // as of Subscription
  std::int64_t ttl = 0;            // likewise
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &SubscriptionMade::key), field("req", &SubscriptionMade::req),
                      field("name", &SubscriptionMade::name), field("from", &SubscriptionMade::from),
                      field("types", &SubscriptionMade::types), field("ttl", &SubscriptionMade::ttl),
                      field("digest", &SubscriptionMade::digest));
  }
  friend bool operator==(const SubscriptionMade&, const SubscriptionMade&) = default;
};

struct SubscriptionAcknowledged {
  static constexpr std::string_view kType = "subscription_acknowledged";
  std::string key;
  std::uint64_t req = 0;
  std::string name;
  Seq cursor;
  Seq was;  // the cursor before, at most the new one
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &SubscriptionAcknowledged::key), field("req", &SubscriptionAcknowledged::req),
                      field("name", &SubscriptionAcknowledged::name),
                      field("cursor", &SubscriptionAcknowledged::cursor), field("was", &SubscriptionAcknowledged::was),
                      field("digest", &SubscriptionAcknowledged::digest));
  }
  friend bool operator==(const SubscriptionAcknowledged&, const SubscriptionAcknowledged&) = default;
};

// The name is free again: a request ended the subscription, or it was not acknowledged in time.
struct SubscriptionEnded {
  static constexpr std::string_view kType = "subscription_ended";
  std::optional<std::string> key;  // of the request; missing: it was not acknowledged in time
  std::uint64_t req = 0;
  std::string name;
  std::optional<Blob> digest;
  static constexpr auto fields() {
    return std::tuple(field("key", &SubscriptionEnded::key), field("req", &SubscriptionEnded::req),
                      field("name", &SubscriptionEnded::name), field("digest", &SubscriptionEnded::digest));
  }
  friend bool operator==(const SubscriptionEnded&, const SubscriptionEnded&) = default;
};

// An item is low: what is available of it has fallen to its threshold or below it. The writer tells it by itself, after
// the event that made it so and before anything that a client asks for (ADR 59).
struct StockLow {
  static constexpr std::string_view kType = "stock_low";
  ItemId item;
  Quantity available;
  Quantity low;  // the threshold
  static constexpr auto fields() {
    return std::tuple(field("item", &StockLow::item), field("available", &StockLow::available),
                      field("low", &StockLow::low));
  }
  friend bool operator==(const StockLow&, const StockLow&) = default;
};

// The same when it is above the threshold again, or has no threshold any more.
struct StockOk {
  static constexpr std::string_view kType = "stock_ok";
  ItemId item;
  Quantity available;
  std::optional<Quantity> low;  // missing: there is none
  static constexpr auto fields() {
    return std::tuple(field("item", &StockOk::item), field("available", &StockOk::available),
                      field("low", &StockOk::low));
  }
  friend bool operator==(const StockOk&, const StockOk&) = default;
};

struct Event {
  std::int64_t at = 0;
  std::variant<StoreCreated, WriterAppointed, HolderJoined, HolderLeft, ItemsAdded, PriceChanged, StockMoved,
               OrderPlaced, OrderCancelled, KeyVoided, CredentialGranted, CredentialRevoked, ActNoted, HoldPlaced,
               HoldExtended, HoldConfirmed, HoldEnded, ItemEdited, SubscriptionMade, SubscriptionAcknowledged,
               SubscriptionEnded, StockLow, StockOk>
      what;
  std::optional<Seq> by;  // the credential of the client whose request made the event; missing: it had none
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace msg
