// /openapi.json, from the table of routes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "bridge/bodies.h"
#include "bridge/routes.h"
#include "bridge/schema.h"

namespace bridge {
namespace {

struct Limit {
  std::string_view field;
  std::string text;
};

const std::vector<Limit>& limits() {
  const auto between = [](auto low, auto high) { return fmt::format("\"minimum\":{},\"maximum\":{}", low, high); };
  const auto length = [](auto low, auto high) { return fmt::format("\"minLength\":{},\"maxLength\":{}", low, high); };
  const auto count = [](auto low, auto high) { return fmt::format("\"minItems\":{},\"maxItems\":{}", low, high); };
  static const std::vector<Limit> all{{"id", between(1, msg::kItemIdMax)},
                                      {"item", between(1, msg::kItemIdMax)},
                                      {"price", between(0, msg::kPriceMaxCents)},
                                      {"stock", between(0, msg::kStockMax)},
                                      {"delta", between(-msg::kStockMax, msg::kStockMax)},
                                      {"quantity", between(1, msg::kLineQuantityMax)},
                                      {"lines", count(1, msg::kOrderLinesMax)},
                                      {"items", count(1, msg::kItemsAddedMax)},
                                      {"title", length(1, msg::kTitleBytesMax)},
                                      {"name", length(1, msg::kTitleBytesMax)},
                                      {"topic", length(0, msg::kTopicBytesMax)},
                                      {"description", length(0, msg::kDescriptionBytesMax)},
                                      {"topics", fmt::format("\"maxItems\":{}", msg::kTopicsMax - 1)},
                                      {"attributes", fmt::format("\"maxProperties\":{}", json::kMembersMax)},
                                      {"value", length(0, msg::kAttributeBytesMax)},  // of an attribute
                                      {"low", between(0, msg::kStockMax)},
                                      {"reason", length(0, msg::kReasonBytesMax)},
                                      {"customer", length(0, msg::kCustomerBytesMax)},
                                      {"ttl", between(std::int64_t{1}, msg::kHoldMsMax)},
                                      {"per_order", between(1, msg::kLineQuantityMax)},
                                      {"per_customer", between(1, msg::kLineQuantityMax)},
                                      {"window", between(1, msg::kTermsWindowMsMax)},
                                      {"from", between(1, base::kWallMax)},
                                      {"until", between(1, base::kWallMax)},
                                      {"place", length(1, msg::kPlaceBytesMax)},
                                      {"from_place", length(1, msg::kPlaceBytesMax)},
                                      {"to_place", length(1, msg::kPlaceBytesMax)},
                                      {"pieces", between(1, msg::kStockMax)},
                                      {"token", length(1, msg::kTokenBytesMax)}};
  return all;
}

// The schema of the text that Metrics::live() writes. That text has no field table, because a part of it is prepared
// beforehand.
constexpr std::string_view kLive =
    R"({"type":"object","properties":{"at":{"type":"integer"},"orders_s":{"type":["integer","null"]},)"
    R"("lookups_s":{"type":["integer","null"]},)"
    R"("requests_s":{"type":"object","additionalProperties":{"type":"integer"}},)"
    R"("p50_us":{"type":"object","additionalProperties":{"type":"integer"}},)"
    R"("p99_us":{"type":"object","additionalProperties":{"type":"integer"}},)"
    R"("all_p50_us":{"type":"object","additionalProperties":{"type":"integer"}},)"
    R"("all_p99_us":{"type":"object","additionalProperties":{"type":"integer"}},"hit_ratio":{"type":["number","null"]},)"
    R"("lag":{"type":"object","additionalProperties":{"type":"integer"}},"blocks_s":{"type":["integer","null"]},)"
    R"("block_events":{"type":["integer","null"]},"commit_us":{"type":["integer","null"]},"demo":{"type":"boolean"},)"
    R"("status":{"$ref":"#/components/schemas/Status"}},)"
    R"("required":["at","orders_s","lookups_s","requests_s","p50_us","p99_us","all_p50_us","all_p99_us","hit_ratio","lag","blocks_s","block_events",)"
    R"("commit_us","demo"]})";

// The schema of Recent::json(), which is made of such texts.
constexpr std::string_view kRecent =
    R"({"type":"object","properties":{"samples":{"type":"array","items":{"type":"object",)"
    R"("allOf":[{"$ref":"#/components/schemas/Live"}],"properties":{"processes":{"type":"array","items":{"type":"object",)"
    R"("properties":{"role":{"type":"string"},"instance":{"type":"string"},"pid":{"type":"integer"},)"
    R"("state":{"type":"string"},"writer":{"type":"boolean"},"silent":{"type":"boolean"},"age_ms":{"type":"integer"}},)"
    R"("required":["role","instance","pid","state","writer","silent","age_ms"]}}}}},)"
    R"("events":{"type":"array","items":{"type":"object","properties":{"type":{"type":"string"},)"
    R"("seq":{"type":"integer"},"at":{"type":"integer"}},"required":["type","seq","at"]}}},"required":["samples","events"]})";

// The statuses with which a connection ends, and the one for a wrong Host.
bool is_of_the_connection(unsigned status) {
  constexpr std::array kAll{408U, 413U, 417U, 421U, 431U, 505U};
  return std::find(kAll.begin(), kAll.end(), status) != kAll.end();
}

std::string text(std::string_view plain) { return json::to_text(plain); }

std::string parameter(std::string_view in, std::string_view name, std::string_view what, bool required,
                      std::string_view schema) {
  return fmt::format(R"({{"name":{},"in":"{}","description":{},"required":{},"schema":{}}})", text(name), in,
                     text(what), required, schema);
}

void append_path_parameters(std::vector<std::string>& all, std::string_view path) {
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    const auto name = path.substr(open + 1, path.find('}', open) - open - 1);
    const bool number = name == "id" || name == "no";
    all.push_back(parameter("path", name, "of the path", true,
                            number ? R"({"type":"integer","minimum":0})" : R"({"type":"string"})"));
  }
}

void append_header_parameters(std::vector<std::string>& all, const Route& route) {
  if (route.keyed || (route.effect && is_lab(route.manner))) {
    all.push_back(parameter("header", "Idempotency-Key",
                            "the request takes effect once, however often it is sent with the same key", route.keyed,
                            R"({"type":"string","minLength":1,"maxLength":66})"));
  }
  if (route.conditional) {
    all.push_back(parameter("header", route.method == "GET" ? "If-None-Match" : "If-Match", "the item's ETag", false,
                            R"({"type":"string"})"));
  }
  if (route.may_be_stale) {
    all.push_back(parameter("header", "X-Pygmy-Stale-Ok",
                            "accept an answer up to this old if no current one is available: 60s, 500ms, 2m", false,
                            R"({"type":"string","pattern":"^[0-9]+(ms|s|m)$"})"));
  }
}

std::string parameters(const Route& route) {
  std::vector<std::string> all;
  append_path_parameters(all, route.path);
  for (const auto& each : route.query) {
    const auto* plain = each.kind == Kind::kNumber ? R"({"type":"integer","minimum":0})" : R"({"type":"string"})";
    all.push_back(parameter("query", each.name, each.what, each.required,
                            each.repeatable ? fmt::format(R"({{"type":"array","items":{}}})", plain) : plain));
  }
  append_header_parameters(all, route);
  return fmt::format("[{}]", fmt::join(all, ","));
}

std::string response(const Route& route) {
  const auto schema =
      route.answer ? route.answer()
                   : std::string(route.type == "application/json" ? R"({"type":"object"})" : R"({"type":"string"})");
  const auto headers =
      route.type == "application/json"
          ? R"("headers":{"X-Pygmy-Seq":{"description":"the last event that the answer reveals","schema":{"type":"integer"}}},)"
          : "";
  if (is_without_body(route.success)) {
    return fmt::format(R"("{}":{{"description":{}}})", route.success, text(route.what));
  }
  return fmt::format(R"("{}":{{"description":{},{}"content":{{"{}":{{"schema":{}}}}}}})", route.success,
                     text(route.what), headers, route.type, schema);
}

std::string operation(const Route& route) {
  std::string out = fmt::format(R"({{"operationId":"{}","summary":{},"tags":["{}"],"parameters":{},)", route.name,
                                text(route.what), route.tag, parameters(route));
  if (route.body) {
    out += fmt::format(R"("requestBody":{{"required":true,"content":{{"application/json":{{"schema":{}}}}}}},)",
                       route.body());
  }
  out += R"("responses":{)" + response(route);
  if (route.conditional && route.method == "GET") out += R"(,"304":{"description":"the item has not changed"})";
  for (const auto status : refusals_of(route)) {
    // The session refuses requests before it looks at their path.
    const bool lab = is_lab(route.manner) && !is_of_the_connection(status);
    out +=
        fmt::format(R"(,"{}":{{"$ref":"#/components/responses/{}{}"}})", status, lab ? "LabError" : "Problem", status);
  }
  return out + "}}";
}

// components.responses: a refusal for each status, with its words.
std::string refusals() {
  std::set<unsigned> statuses;
  for (const auto& route : routes()) {
    for (const auto status : refusals_of(route)) statuses.insert(status);
  }
  const auto one = [](std::string_view name, unsigned status, std::string_view type, const std::string& schema) {
    const auto words = fmt::format("{}: {}", reason(status), fmt::join(words_of(status), ", "));
    return fmt::format(R"("{}{}":{{"description":{},"content":{{"{}":{{"schema":{}}}}}}})", name, status, text(words),
                       type, schema);
  };
  std::vector<std::string> all;
  for (const auto status : statuses) {
    all.push_back(one("Problem", status, "application/problem+json", schema_of<ProblemBody>()));
    if (!is_of_the_connection(status)) {
      all.push_back(one("LabError", status, "application/json", schema_of<LabErrorBody>()));
    }
  }
  return fmt::format("{{{}}}", fmt::join(all, ","));
}

std::string lower_case(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

}  // namespace

std::string_view limits_of(std::string_view field) {
  for (const auto& limit : limits()) {
    if (limit.field == field) return limit.text;
  }
  return {};
}

std::string component_schemas() {
  std::string out = fmt::format(R"({{"Live":{},"Recent":{})", kLive, kRecent);
  std::apply(
      [&]<class... T>(const schema::Named<T>&... each) {
        const auto append = [&]<class Type>(const schema::Named<Type>& type) {
          out += fmt::format(",\"{}\":", type.name);
          schema::append_object<Type>(out, type.request);
        };
        (append(each), ...);
      },
      schema::kNamed);
  return out + "}";
}

std::vector<unsigned> refusals_of(const Route& route) {
  std::set<unsigned> all{400, 401, 406, 408, 413, 417, 421, 429, 431, 503, 505};
  const auto add = [&](bool may_occur, std::initializer_list<unsigned> statuses) {
    if (may_occur) all.insert(statuses);
  };
  add(route.effect || route.method != "GET", {403});
  add(route.path.find('{') != std::string_view::npos, {404});
  add(route.keyed, {409, 422});
  add(route.effect && is_lab(route.manner), {404, 409, 422});
  add(route.conditional && route.method != "GET", {412});
  add(route.body && !is_lab(route.manner), {415});
  add(route.asks_store, {403, 502, 504});
  all.insert(route.also.begin(), route.also.end());
  return {all.begin(), all.end()};
}

std::string openapi_json(const Site& site) {
  std::map<std::string_view, std::vector<std::string>> paths;
  for (const auto& route : routes()) {
    if (!is_served(route, site)) continue;
    paths[route.path].push_back(fmt::format("\"{}\":{}", lower_case(route.method), operation(route)));
  }
  std::string out =
      R"({"openapi":"3.1.0","info":{"title":"Pygmy","version":"1","summary":"A shop that never sells what it does not have","description":"See docs/HTTP.md.","license":{"name":"MIT","identifier":"MIT"}},"servers":[{"url":"/"}],"security":[{},{"token":[]},{"session":[]}],"tags":[{"name":"shop"},{"name":"store"},{"name":"labs"}],"paths":{)";
  for (const auto& [path, operations] : paths) {
    if (out.back() != '{') out += ',';
    out += fmt::format("{}:{{{}}}", text(path), fmt::join(operations, ","));
  }
  out +=
      R"(},"components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"},"session":{"type":"apiKey","in":"cookie","name":"pygmy_session"}},"responses":)" +
      refusals() + R"(,"schemas":)" + component_schemas() + "}}";
  return out;
}

}  // namespace bridge
