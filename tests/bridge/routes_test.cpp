// The table of routes, and the description that is made from it.
#include "bridge/routes.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bridge/metrics.h"

namespace bridge {
namespace {

using Parsed = nlohmann::json;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> all;
  for (std::size_t from = 0, to = 0; to != path.npos; from = to + 1) {
    to = path.find('/', from);
    all.push_back(path.substr(from, to - from));
  }
  return all;
}

// Returns whether a path exists that fits both patterns.
bool overlap(std::string_view one, std::string_view other) {
  return std::ranges::equal(segments_of(one), segments_of(other), [](std::string_view a, std::string_view b) {
    return a == b || a.starts_with('{') || b.starts_with('{');
  });
}

TEST(Routes, PathsOverlapIfOnePathHasBothForms) {
  EXPECT_TRUE(overlap("/books/{id}", "/books/new"));
  EXPECT_TRUE(overlap("/{what}/1", "/books/{id}"));
  EXPECT_FALSE(overlap("/books/{id}", "/search/{topic}"));
  EXPECT_FALSE(overlap("/books/{id}", "/books/{id}/price"));
}

TEST(Routes, NoTwoMatchOnePathAndMethod) {
  for (const auto& one : routes()) {
    for (const auto& other : routes()) {
      if (&one == &other || one.method != other.method) continue;
      EXPECT_FALSE(overlap(one.path, other.path)) << one.label << ", " << other.label;
    }
  }
}

// Calls `see` with every schema inside `value` and with its place.
template <class See>
void each_schema(const Parsed& value, const std::string& place, const See& see) {
  for (const auto& [name, member] : value.items()) {
    const auto here = place + "/" + name;
    if (name == "schema" || name == "items" || place.ends_with("/schemas") || place.ends_with("/properties"))
      see(here, member);
    if (member.is_structured()) each_schema(member, here, see);
  }
}

TEST(Description, EverySchemaSaysSomethingAndEachReferenceLeadsToOne) {
  const auto all = Parsed::parse(openapi_json({}));
  std::size_t seen = 0;
  each_schema(all, "", [&](const std::string& place, const Parsed& schema) {
    ++seen;
    const bool refers = schema.contains("$ref");
    EXPECT_TRUE(refers || schema.contains("type")) << place << ": " << schema;
    const bool is_object = schema.contains("type") && schema["type"] == "object";
    const bool empty = is_object && !schema.contains("properties") && !schema.contains("additionalProperties");
    EXPECT_FALSE(empty) << place << ": " << schema;
    if (!refers) return;
    EXPECT_TRUE(all.contains(Parsed::json_pointer(schema["$ref"].get<std::string>().substr(1)))) << schema;
  });
  EXPECT_GT(seen, 100U);
}

// A client generator makes one case for each status and one word for each problem.
TEST(Description, EachOperationNamesEveryStatusWithItsWords) {
  const auto all = Parsed::parse(openapi_json({}));
  for (const auto& [path, operations] : all["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      const auto& responses = operation["responses"];
      EXPECT_FALSE(responses.contains("default")) << method << " " << path;
      for (const char* status : {"400", "401", "406", "408", "421", "431", "503"}) {
        EXPECT_TRUE(responses.contains(status)) << method << " " << path << " " << status;
      }
      EXPECT_EQ(responses.contains("403"), method != "get" || path.starts_with("/buy") || path == "/readyz" ||
                                               path == "/v1/outcomes/{key}" || responses.contains("504"))
          << method << " " << path;
    }
  }
  const auto& patch = all["paths"]["/v1/items/{id}"]["patch"]["responses"];
  for (const char* status : {"200", "404", "409", "412", "415", "422", "502", "504"}) {
    EXPECT_TRUE(patch.contains(status)) << status;
  }
  const auto& hold = all["paths"]["/v1/holds"]["post"]["responses"];
  for (const char* status : {"201", "404", "409", "422"}) EXPECT_TRUE(hold.contains(status)) << status;
  EXPECT_FALSE(all["paths"]["/healthz"]["get"]["responses"].contains("504"));
  const auto described = all["components"]["responses"]["Problem409"]["description"].get<std::string>();
  EXPECT_EQ(described,
            "Conflict: out_of_stock, not_for_sale, price_changed, item_exists, more_than_remains, nothing_remains, "
            "hold_over, key_voided, limit, unknown_place");
  EXPECT_EQ(all["components"]["responses"]["Problem401"]["description"], "Unauthorized: unauthenticated");
  EXPECT_EQ(all["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}

TEST(Description, AHoldsTimeHasItsLimits) {
  const auto all = Parsed::parse(component_schemas());
  for (const char* name : {"NewHold", "NewExtension"}) {
    const auto& ttl = all[name]["properties"]["ttl"];
    EXPECT_EQ(ttl["minimum"], 1) << name;
    EXPECT_EQ(ttl["maximum"], 86'400'000) << name;
  }
  EXPECT_EQ(all["NewHold"]["required"], Parsed::array({"lines", "ttl"}));
  EXPECT_EQ(all["NewConfirmation"].count("required"), 0U);
}

TEST(Description, TheTypeOfAProblemIsOneOfAList) {
  const auto schema = Parsed::parse(component_schemas())["Problem"]["properties"]["type"];
  const auto words = schema["enum"].get<std::set<std::string>>();
  EXPECT_EQ(words.size(), schema["enum"].size()) << "no word twice";
  for (const auto code : msg::kWords<msg::Code>) EXPECT_TRUE(words.contains("/problems/" + std::string(code))) << code;
  for (const auto& own : kOwnProblems) EXPECT_TRUE(words.contains("/problems/" + std::string(own.word))) << own.word;
}

TEST(Description, ThePathsOfTheLabsAreThereOnlyIfTheyAreServed) {
  EXPECT_TRUE(Parsed::parse(openapi_json({}))["paths"].contains("/buy"));
  const auto without = Parsed::parse(openapi_json({.labs = false}))["paths"];
  EXPECT_FALSE(without.contains("/buy"));
  EXPECT_TRUE(without.contains("/v1/orders"));
}

TEST(Description, TheLiveFiguresAreThoseThatAreSent) {
  const auto schema = Parsed::parse(component_schemas())["Live"];
  Metrics metrics;
  const auto names_of = [](const Parsed& object) {
    std::set<std::string> names;
    for (const auto& member : object.items()) names.insert(member.key());
    return names;
  };
  const auto required = schema["required"].get<std::set<std::string>>();
  EXPECT_EQ(names_of(Parsed::parse(metrics.live({{}, 1}, false))), required) << "no status has been heard yet";
  metrics.heard({}, {});
  EXPECT_EQ(names_of(Parsed::parse(metrics.live({{}, 1}, false))), names_of(schema["properties"]));
}

}  // namespace
}  // namespace bridge
