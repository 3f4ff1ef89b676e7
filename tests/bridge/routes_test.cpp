// The table of routes, and the description that is made from it.
#include "bridge/routes.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bridge/metrics.h"

namespace bridge {
namespace {

using nlohmann::json;

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
void each_schema(const json& value, const std::string& place, const See& see) {
  for (const auto& [name, member] : value.items()) {
    const auto here = place + "/" + name;
    if (name == "schema" || name == "items" || place.ends_with("/schemas") || place.ends_with("/properties"))
      see(here, member);
    if (member.is_structured()) each_schema(member, here, see);
  }
}

TEST(Description, EverySchemaSaysSomethingAndEachReferenceLeadsToOne) {
  const auto all = json::parse(openapi_json());
  std::size_t seen = 0;
  each_schema(all, "", [&](const std::string& place, const json& schema) {
    ++seen;
    const bool refers = schema.contains("$ref");
    EXPECT_TRUE(refers || schema.contains("type")) << place << ": " << schema;
    if (!refers) return;
    EXPECT_TRUE(all.contains(json::json_pointer(schema["$ref"].get<std::string>().substr(1)))) << schema;
  });
  EXPECT_GT(seen, 100U);
}

TEST(Description, TheLiveFiguresAreThoseThatAreSent) {
  const auto schema = json::parse(component_schemas())["Live"];
  Metrics metrics;
  const auto names_of = [](const json& object) {
    std::set<std::string> names;
    for (const auto& member : object.items()) names.insert(member.key());
    return names;
  };
  const auto required = schema["required"].get<std::set<std::string>>();
  EXPECT_EQ(names_of(json::parse(metrics.live(1, false))), required) << "no status has been heard yet";
  metrics.heard({}, {});
  EXPECT_EQ(names_of(json::parse(metrics.live(1, false))), names_of(schema["properties"]));
}

}  // namespace
}  // namespace bridge
