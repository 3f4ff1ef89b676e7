// Bodies of HTTP requests and answers that differ from the messages of the protocol: a request body lacks the key,
// which is a header, and some answers are put together from events. docs/HTTP.md describes each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/problems.h"
#include "json/json.h"
#include "msg/envelope.h"
#include "msg/requests.h"

namespace bridge {

// --- in ---

struct OrderBody {
  std::optional<msg::OrderType> type;  // missing: buy
  std::optional<std::string> customer;
  std::vector<msg::DemandLine> lines;
  static constexpr auto fields() {
    return std::tuple(msg::field("type", &OrderBody::type), msg::field("customer", &OrderBody::customer),
                      msg::field("lines", &OrderBody::lines));
  }
};
struct CancelBody {
  std::optional<msg::CancelKind> kind;  // missing: cancel
  std::optional<std::vector<msg::CancelLine>> lines;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return std::tuple(msg::field("kind", &CancelBody::kind), msg::field("lines", &CancelBody::lines),
                      msg::field("reason", &CancelBody::reason));
  }
};
struct HoldBody {
  std::optional<std::string> customer;
  std::vector<msg::DemandLine> lines;
  std::uint32_t ttl = 0;  // milliseconds
  static constexpr auto fields() {
    return std::tuple(msg::field("customer", &HoldBody::customer), msg::field("lines", &HoldBody::lines),
                      msg::field("ttl", &HoldBody::ttl));
  }
};
struct ConfirmBody {
  std::optional<std::vector<msg::ConfirmLine>> lines;  // missing: the whole hold
  static constexpr auto fields() { return std::tuple(msg::field("lines", &ConfirmBody::lines)); }
};
struct ExtendBody {
  std::uint32_t ttl = 0;  // milliseconds
  static constexpr auto fields() { return std::tuple(msg::field("ttl", &ExtendBody::ttl)); }
};
struct ItemsBody {
  std::vector<msg::NewItem> items;
  static constexpr auto fields() { return std::tuple(msg::field("items", &ItemsBody::items)); }
};
// Members of a JSON merge patch (RFC 7396) that `null` removes.
template <class T>
struct Removable {
  static constexpr bool kTakesNull = true;
  T value{};  // empty: it is removed
  json::Problem read(const json::Value& json) { return json.is_null() ? std::nullopt : json::read(json, value); }
};
struct Threshold {
  static constexpr bool kTakesNull = true;
  msg::Quantity value = msg::kNoLow;
  json::Problem read(const json::Value& json) {
    if (json.is_null()) return std::nullopt;
    auto problem = json::read(json, value);
    return problem || value.value() >= 0 ? problem : json::Problem("the number is too small");
  }
};
// The rules that it names change: they get the values in `rules`, or are removed.
struct TermsPatch {
  static constexpr bool kTakesNull = true;
  msg::Terms rules;
  std::optional<std::vector<std::string>> names;  // missing: all of them
  json::Problem read(const json::Value& json);
};
struct PatchBody {  // either the price, or at least one of the others
  std::optional<msg::Cents> price;
  std::optional<std::string> title;
  std::optional<std::string> topic;
  std::optional<bool> retired;
  std::optional<TermsPatch> terms;
  std::optional<Removable<std::string>> description;
  std::optional<Removable<msg::Topics>> topics;  // all besides the first one
  std::optional<msg::AttributeChanges> attributes;
  std::optional<Threshold> low;
  static constexpr auto fields() {
    return std::tuple(msg::field("price", &PatchBody::price), msg::field("title", &PatchBody::title),
                      msg::field("topic", &PatchBody::topic), msg::field("retired", &PatchBody::retired),
                      msg::field("terms", &PatchBody::terms), msg::field("description", &PatchBody::description),
                      msg::field("topics", &PatchBody::topics), msg::field("attributes", &PatchBody::attributes),
                      msg::field("low", &PatchBody::low));
  }
};
struct MovementBody {
  msg::Quantity delta;
  std::optional<std::string> reason;
  std::optional<std::string> place;  // missing: main
  std::optional<bool> opens;         // the place may be new
  static constexpr auto fields() {
    return std::tuple(msg::field("delta", &MovementBody::delta), msg::field("reason", &MovementBody::reason),
                      msg::field("place", &MovementBody::place), msg::field("opens", &MovementBody::opens));
  }
};
struct CountBody {
  msg::Quantity stock;
  std::optional<std::string> reason;
  std::optional<std::string> place;  // missing: main
  std::optional<bool> opens;         // the place may be new
  static constexpr auto fields() {
    return std::tuple(msg::field("stock", &CountBody::stock), msg::field("reason", &CountBody::reason),
                      msg::field("place", &CountBody::place), msg::field("opens", &CountBody::opens));
  }
};
struct TransferBody {
  msg::Quantity pieces;
  std::optional<std::string> from;  // missing: main
  std::optional<std::string> to;    // missing: main
  std::optional<std::string> reason;
  std::optional<bool> opens;  // `to` may be new
  static constexpr auto fields() {
    return std::tuple(msg::field("pieces", &TransferBody::pieces), msg::field("from_place", &TransferBody::from),
                      msg::field("to_place", &TransferBody::to), msg::field("reason", &TransferBody::reason),
                      msg::field("opens", &TransferBody::opens));
  }
};
struct SubscribeBody {
  std::string name;
  std::optional<msg::Seq> from;                   // the first event; missing: the next one
  std::optional<std::vector<std::string>> types;  // of the events; missing: all
  std::optional<std::int64_t> keep;               // milliseconds without an acknowledgement; then it is dropped
  static constexpr auto fields() {
    return std::tuple(msg::field("name", &SubscribeBody::name), msg::field("from", &SubscribeBody::from),
                      msg::field("types", &SubscribeBody::types), msg::field("keep", &SubscribeBody::keep));
  }
};
struct AcknowledgeBody {
  msg::Seq cursor;  // the last event that is done with
  static constexpr auto fields() { return std::tuple(msg::field("cursor", &AcknowledgeBody::cursor)); }
};
enum class TraceKind : std::uint8_t { kBuy, kLookup };
struct TraceBody {
  TraceKind request = TraceKind::kLookup;
  msg::ItemId item;
  static constexpr auto fields() {
    return std::tuple(msg::field("request", &TraceBody::request), msg::field("item", &TraceBody::item));
  }
};

struct SignInBody {
  std::string token;
  static constexpr auto fields() { return std::tuple(msg::field("token", &SignInBody::token)); }
};

// --- out ---

// A msg::Credential without the hash of its token.
struct CredentialAnswer {
  msg::Seq id;
  msg::ClientRole role = msg::ClientRole::kReader;
  std::optional<std::string> customer;
  std::optional<std::string> label;
  std::int64_t at = 0;
  std::optional<std::int64_t> expires;
  static constexpr auto fields() {
    return std::tuple(msg::field("id", &CredentialAnswer::id), msg::field("role", &CredentialAnswer::role),
                      msg::field("customer", &CredentialAnswer::customer),
                      msg::field("label", &CredentialAnswer::label), msg::field("at", &CredentialAnswer::at),
                      msg::field("expires", &CredentialAnswer::expires));
  }
};
struct WhoAmIAnswer {
  msg::Anonymous anonymous = msg::Anonymous::kNone;
  std::optional<CredentialAnswer> credential;
  static constexpr auto fields() {
    return std::tuple(msg::field("anonymous", &WhoAmIAnswer::anonymous),
                      msg::field("credential", &WhoAmIAnswer::credential));
  }
};

struct ItemsAnswer {
  std::vector<msg::Item> items;
  std::optional<msg::ItemId> next;
  static constexpr auto fields() {
    return std::tuple(msg::field("items", &ItemsAnswer::items), msg::field("next", &ItemsAnswer::next));
  }
};
// The effect of a change, with the members that the request changed. A repeated request gets the same effect.
struct PatchAnswer {
  msg::ItemId item;
  std::optional<msg::Cents> price;
  std::optional<msg::Cents> was;
  std::optional<std::string> title;
  std::optional<std::string> topic;
  std::optional<bool> retired;
  std::optional<msg::Terms> terms;  // all of them, as the next three
  std::optional<std::string> description;
  std::optional<msg::Topics> topics;
  std::optional<msg::Attributes> attributes;
  std::optional<msg::Quantity> low;  // -1: none
  msg::Seq seq;
  std::int64_t at = 0;
  static constexpr auto fields() {
    return std::tuple(msg::field("item", &PatchAnswer::item), msg::field("price", &PatchAnswer::price),
                      msg::field("was", &PatchAnswer::was), msg::field("title", &PatchAnswer::title),
                      msg::field("topic", &PatchAnswer::topic), msg::field("retired", &PatchAnswer::retired),
                      msg::field("terms", &PatchAnswer::terms), msg::field("description", &PatchAnswer::description),
                      msg::field("topics", &PatchAnswer::topics), msg::field("attributes", &PatchAnswer::attributes),
                      msg::field("low", &PatchAnswer::low), msg::field("seq", &PatchAnswer::seq),
                      msg::field("at", &PatchAnswer::at));
  }
};
struct CountAnswer {
  msg::ItemId item;
  msg::Quantity stock;  // of all places
  std::string reason;
  msg::Seq seq;
  std::int64_t at = 0;
  std::optional<std::string> place{};    // missing: main
  std::optional<msg::Quantity> found{};  // at the place; missing: `stock`
  static constexpr auto fields() {
    return std::tuple(msg::field("item", &CountAnswer::item), msg::field("stock", &CountAnswer::stock),
                      msg::field("reason", &CountAnswer::reason), msg::field("seq", &CountAnswer::seq),
                      msg::field("at", &CountAnswer::at), msg::field("place", &CountAnswer::place),
                      msg::field("found", &CountAnswer::found));
  }
};
struct TransferAnswer {
  msg::ItemId item;
  msg::Quantity stock;  // of all places
  std::string reason;
  msg::Seq seq;
  std::int64_t at = 0;
  msg::Places places;  // what moved at other places than main
  static constexpr auto fields() {
    return std::tuple(msg::field("item", &TransferAnswer::item), msg::field("stock", &TransferAnswer::stock),
                      msg::field("reason", &TransferAnswer::reason), msg::field("seq", &TransferAnswer::seq),
                      msg::field("at", &TransferAnswer::at), msg::field("places", &TransferAnswer::places));
  }
};
struct MovementAnswer {
  msg::ItemId item;
  msg::Quantity delta;
  msg::Quantity stock;  // after the movement
  std::string reason;
  msg::Seq seq;
  std::int64_t at = 0;
  std::optional<std::string> place{};  // missing: main
  static constexpr auto fields() {
    return std::tuple(msg::field("item", &MovementAnswer::item), msg::field("delta", &MovementAnswer::delta),
                      msg::field("stock", &MovementAnswer::stock), msg::field("reason", &MovementAnswer::reason),
                      msg::field("seq", &MovementAnswer::seq), msg::field("at", &MovementAnswer::at),
                      msg::field("place", &MovementAnswer::place));
  }
};
struct TopicCount {
  std::string topic;
  std::uint64_t items = 0;
  static constexpr auto fields() {
    return std::tuple(msg::field("topic", &TopicCount::topic), msg::field("items", &TopicCount::items));
  }
};
struct TopicsAnswer {
  std::vector<TopicCount> topics;
  static constexpr auto fields() { return std::tuple(msg::field("topics", &TopicsAnswer::topics)); }
};
struct TraceAnswer {
  TraceKind request = TraceKind::kLookup;
  msg::Seq seq;
  std::vector<msg::Span> spans;  // the outermost tier first
  static constexpr auto fields() {
    return std::tuple(msg::field("request", &TraceAnswer::request), msg::field("seq", &TraceAnswer::seq),
                      msg::field("spans", &TraceAnswer::spans));
  }
};
struct StoreAnswer {
  std::string store;
  std::optional<msg::Currency> currency;
  static constexpr auto fields() {
    return std::tuple(msg::field("store", &StoreAnswer::store), msg::field("currency", &StoreAnswer::currency));
  }
};
struct ReadyAnswer {
  bool ready = false;
  static constexpr auto fields() { return std::tuple(msg::field("ready", &ReadyAnswer::ready)); }
};

struct OperationAnswer {
  std::string instance;
  std::string action;
  static constexpr auto fields() {
    return std::tuple(msg::field("instance", &OperationAnswer::instance),
                      msg::field("action", &OperationAnswer::action));
  }
};
// /openapi.json itself has more members; they are those of OpenAPI 3.1.
struct OpenapiBody {
  std::string openapi;
  static constexpr auto fields() { return std::tuple(msg::field("openapi", &OpenapiBody::openapi)); }
};

enum class WebhookState : std::uint8_t { kStarting, kDelivering, kFailing, kDisabled };
struct WebhookAnswer {
  std::string name;
  std::string receiver;            // the beginning of its URL, without a path
  std::vector<std::string> types;  // of the events; empty: all
  WebhookState state = WebhookState::kStarting;
  std::optional<msg::Seq> cursor{};    // all events up to it are delivered, not wanted, or dead letters
  std::optional<std::uint64_t> lag{};  // events of the stream behind the cursor
  std::uint64_t delivered = 0;         // this and the next since the bridge began
  std::uint64_t failed = 0;            // tries
  std::uint64_t dead_letters = 0;
  std::optional<std::uint32_t> last_status{};  // of HTTP
  std::optional<std::int64_t> last_at{};       // when the last try ended
  std::optional<std::int64_t> next_try{};      // if it fails
  std::optional<std::string> fault{};          // why the last try failed, or why nothing can be sent
  static constexpr auto fields() {
    return std::tuple(msg::field("name", &WebhookAnswer::name), msg::field("receiver", &WebhookAnswer::receiver),
                      msg::field("types", &WebhookAnswer::types), msg::field("state", &WebhookAnswer::state),
                      msg::field("cursor", &WebhookAnswer::cursor), msg::field("lag", &WebhookAnswer::lag),
                      msg::field("delivered", &WebhookAnswer::delivered), msg::field("failed", &WebhookAnswer::failed),
                      msg::field("dead_letters", &WebhookAnswer::dead_letters),
                      msg::field("last_status", &WebhookAnswer::last_status),
                      msg::field("last_at", &WebhookAnswer::last_at), msg::field("next_try", &WebhookAnswer::next_try),
                      msg::field("fault", &WebhookAnswer::fault));
  }
};
struct WebhooksAnswer {
  std::vector<WebhookAnswer> webhooks;  // in the order of the file
  static constexpr auto fields() { return std::tuple(msg::field("webhooks", &WebhooksAnswer::webhooks)); }
};
struct DeadLetter {
  msg::Seq seq;
  std::string id;    // webhook-id
  std::string body;  // JSON as text, as it was sent
  static constexpr auto fields() {
    return std::tuple(msg::field("seq", &DeadLetter::seq), msg::field("id", &DeadLetter::id),
                      msg::field("body", &DeadLetter::body));
  }
};
struct DeadLettersAnswer {
  std::vector<DeadLetter> letters;  // ascending by seq
  std::optional<msg::Seq> next{};   // set if more follow: ask again with after=next
  static constexpr auto fields() {
    return std::tuple(msg::field("dead_letters", &DeadLettersAnswer::letters),
                      msg::field("next", &DeadLettersAnswer::next));
  }
};
struct RedeliverAnswer {
  std::uint64_t redelivered = 0;  // dead letters that are sent again
  static constexpr auto fields() { return std::tuple(msg::field("redelivered", &RedeliverAnswer::redelivered)); }
};

// An error body (RFC 9457).
struct ProblemBody {
  ProblemType type;  // its word does not change between releases
  std::string title;
  std::uint32_t status = 0;
  std::string detail;
  std::optional<msg::ItemId> item;
  std::optional<msg::Quantity> stock;
  std::optional<msg::Cents> price;
  std::optional<msg::Seq> version;
  std::optional<std::string> outcome;      // the path at which the client learns whether the request took effect
  std::optional<msg::Quantity> allowed{};  // the most pieces of the item that may be asked for
  std::optional<std::int64_t> from{};      // the item is for sale from this instant on
  std::optional<std::int64_t> until{};     // the item was for sale before this instant
  static constexpr auto fields() {
    return std::tuple(msg::field("type", &ProblemBody::type), msg::field("title", &ProblemBody::title),
                      msg::field("status", &ProblemBody::status), msg::field("detail", &ProblemBody::detail),
                      msg::field("item", &ProblemBody::item), msg::field("stock", &ProblemBody::stock),
                      msg::field("price", &ProblemBody::price), msg::field("version", &ProblemBody::version),
                      msg::field("outcome", &ProblemBody::outcome), msg::field("allowed", &ProblemBody::allowed),
                      msg::field("from", &ProblemBody::from), msg::field("until", &ProblemBody::until));
  }
};

}  // namespace bridge

template <>
struct msg::Words<bridge::TraceKind> {
  static constexpr std::string_view of(bridge::TraceKind value) {
    switch (value) {
      case bridge::TraceKind::kBuy:
        return "buy";
      case bridge::TraceKind::kLookup:
        return "lookup";
    }
    return {};
  }
};

template <>
struct msg::Words<bridge::WebhookState> {
  static constexpr std::string_view of(bridge::WebhookState value) {
    switch (value) {
      case bridge::WebhookState::kStarting:
        return "starting";
      case bridge::WebhookState::kDelivering:
        return "delivering";
      case bridge::WebhookState::kFailing:
        return "failing";
      case bridge::WebhookState::kDisabled:
        return "disabled";
    }
    return {};
  }
};
