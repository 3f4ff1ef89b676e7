// JSON Schemas (2020-12, as OpenAPI 3.1 uses) from the same field tables as the codec and json/json.h.
//
// Some ranges do not follow from a type (a title's length, a line's quantity); they are those of PROTOCOL 3, by the
// name of the field. A request's schema forbids other members; an answer may get more members in later versions.
//
// The schema of a type in the table kNamed is only a reference to components.schemas of /openapi.json, which has the
// type itself.
// Threads: none. Tests: tests/bridge/schema_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "bridge/bodies.h"
#include "bridge/lab_bodies.h"
#include "bridge/problems.h"
#include "json/status.h"

namespace bridge {

// Returns "minimum":1,"maximum":9 for the field of this name in a request; empty if the type says enough.
std::string_view limits_of(std::string_view field);

namespace schema {

template <class T>
void append(std::string& out, bool request, std::string_view field);

template <class T>
struct Named {
  std::string_view name;
  bool request = false;
};

constexpr std::tuple kNamed{Named<msg::Item>{"Item"},
                            Named<msg::Terms>{"Terms"},
                            Named<msg::AtPlace>{"PiecesAtPlace"},
                            Named<ItemsAnswer>{"ItemsPage"},
                            Named<ItemsBody>{"NewItems", true},
                            Named<msg::NewItem>{"NewItem", true},
                            Named<PatchBody>{"ItemPatch", true},
                            Named<PatchAnswer>{"ItemChange"},
                            Named<MovementBody>{"NewMovement", true},
                            Named<MovementAnswer>{"Movement"},
                            Named<CountBody>{"NewCount", true},
                            Named<CountAnswer>{"Count"},
                            Named<TransferBody>{"NewTransfer", true},
                            Named<TransferAnswer>{"Transfer"},
                            Named<msg::Movement>{"MovementOfItem"},
                            Named<msg::MovementsReply>{"MovementsPage"},
                            Named<TopicsAnswer>{"Topics"},
                            Named<TopicCount>{"Topic"},
                            Named<OrderBody>{"NewOrder", true},
                            Named<msg::DemandLine>{"NewOrderLine", true},
                            Named<CancelBody>{"NewCancellation", true},
                            Named<msg::CancelLine>{"NewCancellationLine", true},
                            Named<msg::Cancellation>{"Cancellation"},
                            Named<msg::Order>{"Order"},
                            Named<msg::OrderLine>{"OrderLine"},
                            Named<msg::OrdersReply>{"OrdersPage"},
                            Named<HoldBody>{"NewHold", true},
                            Named<ConfirmBody>{"NewConfirmation", true},
                            Named<msg::ConfirmLine>{"NewConfirmationLine", true},
                            Named<ExtendBody>{"NewExtension", true},
                            Named<msg::Hold>{"Hold"},
                            Named<msg::HoldLine>{"HoldLine"},
                            Named<msg::HoldsReply>{"HoldsPage"},
                            Named<SubscribeBody>{"NewSubscription", true},
                            Named<AcknowledgeBody>{"NewAcknowledgement", true},
                            Named<msg::Subscription>{"Subscription"},
                            Named<msg::SubscriptionReply>{"SubscriptionAnswer"},
                            Named<msg::SubscriptionsReply>{"Subscriptions"},
                            Named<WebhookAnswer>{"Webhook"},
                            Named<WebhooksAnswer>{"Webhooks"},
                            Named<DeadLetter>{"DeadLetter"},
                            Named<DeadLettersAnswer>{"DeadLetters"},
                            Named<RedeliverAnswer>{"Redelivery"},
                            Named<msg::OutcomeReply>{"Outcome"},
                            Named<json::StoreStatus>{"Status"},
                            Named<msg::Currency>{"Currency"},
                            Named<StoreAnswer>{"Store"},
                            Named<json::ProcessStatus>{"Process"},
                            Named<TraceBody>{"NewTrace", true},
                            Named<TraceAnswer>{"Trace"},
                            Named<msg::Span>{"Span"},
                            Named<ReadyAnswer>{"Ready"},
                            Named<SignInBody>{"NewSession", true},
                            Named<CredentialAnswer>{"Credential"},
                            Named<WhoAmIAnswer>{"WhoAmI"},
                            Named<OperationAnswer>{"Operation"},
                            Named<OpenapiBody>{"Openapi"},
                            Named<ProblemBody>{"Problem"},
                            Named<LabOrderBody>{"NewLabOrder", true},
                            Named<LabTitle>{"LabTitle"},
                            Named<LabItems>{"LabItems"},
                            Named<LabBook>{"LabBook"},
                            Named<LabBought>{"LabBought"},
                            Named<Lab<LabProduct>>{"LabProduct"},
                            Named<Lab<LabOrdered>>{"LabOrdered"},
                            Named<Lab<LabOrder>>{"LabOrder"},
                            Named<LabAlive>{"LabAlive"},
                            Named<LabErrorBody>{"LabError"}};

// Returns T's name in kNamed, for requests or for answers, or an empty name if it has none there.
template <class T>
constexpr std::string_view name_of(bool request) {
  std::string_view name;
  const auto look = [&]<class Other>(const Named<Other>& each) {
    if (std::is_same_v<T, Other> && each.request == request) name = each.name;
  };
  std::apply([&](const auto&... each) { (look(each), ...); }, kNamed);
  return name;
}

template <class T>
void append_words(std::string& out) {
  out += R"({"type":"string","enum":[)";
  for (const auto word : msg::kWords<T>) {
    if (out.back() != '[') out += ',';
    json::write(word, out);
  }
  out += "]}";
}

inline void append_simple(std::string& out, std::string_view type, std::string_view limits) {
  out += "{\"type\":\"";
  out += type;
  out += '"';
  if (!limits.empty()) out += ",";
  out += limits;
  out += '}';
}

template <class T>
constexpr std::string_view lowest() {
  return std::is_unsigned_v<T> ? "\"minimum\":0" : "";
}

// The same schema for a value that may also be null. Every schema of such a value begins with its type.
inline std::string or_null(const std::string& schema) {
  const auto begin = schema.find("\"type\":") + 7;
  const auto end = schema.find('"', begin + 1) + 1;
  return schema.substr(0, begin) + "[" + schema.substr(begin, end - begin) + ",\"null\"]" + schema.substr(end);
}

template <class T>
void append_or_null(std::string& out, bool request, std::string_view field) {
  std::string schema;
  append<T>(schema, request, field);
  out += or_null(schema);
}

// The members of terms in a patch, each of which null removes.
inline void append_terms_patch(std::string& out) {
  out += R"({"type":["object","null"],"properties":{)";
  const msg::Terms none{};
  msg::for_each_field(none, [&]<class Rule>(std::string_view name, const std::optional<Rule>&) {
    if (out.back() != '{') out += ',';
    json::write(name, out);
    out += ':';
    append_or_null<Rule>(out, true, name);
  });
  out += R"(},"additionalProperties":false})";
}

template <class T>
constexpr bool kIsRemovable = false;
template <class T>
inline constexpr bool kIsRemovable<Removable<T>> = true;

template <class T>
void append_object(std::string& out, bool request) {
  std::string required;
  out += R"({"type":"object","properties":{)";
  const T example{};
  msg::for_each_field(example, [&](std::string_view name, const auto& member) {
    using Member = std::decay_t<decltype(member)>;
    if (out.back() != '{') out += ',';
    json::write(name, out);
    out += ':';
    if constexpr (json::kIsOptional<Member>) {
      append<typename Member::value_type>(out, request, name);
    } else {
      append<Member>(out, request, name);
      if (!required.empty()) required += ',';
      json::write(name, required);
    }
  });
  out += "}";
  if (!required.empty()) out += ",\"required\":[" + required + "]";
  if (request) out += ",\"additionalProperties\":false";
  out += '}';
}

// The types of problems: "/problems/busy" and so on.
inline void append_problem_types(std::string& out) {
  out += R"({"type":"string","enum":[)";
  for (const auto word : words_of(0)) {
    if (out.back() != '[') out += ',';
    json::write(ProblemType{std::string(word)}, out);
  }
  out += "]}";
}

template <class T>
void append(std::string& out, bool request, std::string_view field) {
  const auto limits = request ? limits_of(field) : std::string_view();
  if constexpr (std::is_same_v<T, std::string>) {
    append_simple(out, "string", limits);
  } else if constexpr (std::is_same_v<T, bool>) {
    append_simple(out, "boolean", "");
  } else if constexpr (std::is_enum_v<T>) {
    append_words<T>(out);
  } else if constexpr (kIsRemovable<T> || std::is_same_v<T, Threshold>) {
    append_or_null<decltype(T::value)>(out, request, field);
  } else if constexpr (json::kIsMap<T>) {
    using Member = typename T::mapped_type;
    out += R"({"type":"object",)";
    if (!limits.empty()) out.append(limits).append(",");
    out += R"("additionalProperties":)";
    if constexpr (json::kIsOptional<Member>) {
      append_or_null<typename Member::value_type>(out, request, "value");
    } else {
      append<Member>(out, request, "value");
    }
    out += '}';
  } else if constexpr (std::is_same_v<T, json::Numbers>) {
    out += R"({"type":"object","additionalProperties":{"type":"integer","minimum":0}})";
  } else if constexpr (std::is_same_v<T, ProblemType>) {
    append_problem_types(out);
  } else if constexpr (std::is_same_v<T, Decimal>) {
    append_simple(out, "number", "\"minimum\":0");
  } else if constexpr (std::is_same_v<T, LabQuantity> || std::is_same_v<T, LabOrderType>) {
    append<decltype(T::value)>(out, request, field);  // the other forms are for the labs' clients alone
  } else if constexpr (json::StrongNumber<T>) {
    append_simple(out, "integer", limits.empty() ? lowest<typename T::Rep>() : limits);
  } else if constexpr (std::is_integral_v<T>) {
    append_simple(out, "integer", limits.empty() ? lowest<T>() : limits);
  } else if constexpr (json::kIsVector<T>) {
    out += R"({"type":"array",)";
    if (!limits.empty()) out.append(limits).append(",");
    out += R"("items":)";
    append<typename T::value_type>(out, request, "");
    out += '}';
  } else if (const auto name = name_of<T>(request); !name.empty()) {
    out.append(R"({"$ref":"#/components/schemas/)").append(name).append("\"}");
  } else if constexpr (std::is_same_v<T, TermsPatch>) {
    append_terms_patch(out);
  } else {
    append_object<T>(out, request);
  }
}

}  // namespace schema

template <class T>
std::string schema_of() {
  std::string out;
  schema::append<T>(out, false, "");
  return out;
}

template <class T>
std::string request_schema_of() {
  std::string out;
  schema::append<T>(out, true, "");
  return out;
}

}  // namespace bridge
