// The JSON schemas that the description of the interface is made of.
#include "bridge/schema.h"

#include <gtest/gtest.h>

namespace {

// It has the fields of bridge::MovementBody, but no name in the description.
struct Movement {
  msg::Quantity delta;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return std::tuple(msg::field("delta", &Movement::delta), msg::field("reason", &Movement::reason));
  }
};

TEST(Schema, SaysWhatTheFieldTablesSay) {
  EXPECT_EQ(bridge::request_schema_of<Movement>(),
            R"({"type":"object","properties":{"delta":{"type":"integer","minimum":-1000000000,"maximum":1000000000},)"
            R"("reason":{"type":"string","minLength":0,"maxLength":200}},"required":["delta"],)"
            R"("additionalProperties":false})");
  EXPECT_EQ(bridge::schema_of<Movement>(),
            R"({"type":"object","properties":{"delta":{"type":"integer"},"reason":{"type":"string"}},)"
            R"("required":["delta"]})");
}

struct Patch {
  std::optional<bridge::Removable<std::string>> description;
  std::optional<msg::AttributeChanges> attributes;
  std::optional<msg::Attributes> others;
  static constexpr auto fields() {
    return std::tuple(msg::field("description", &Patch::description), msg::field("attributes", &Patch::attributes),
                      msg::field("others", &Patch::others));
  }
};

TEST(Schema, SaysWhatNullRemovesAndThatAMapHasAnyNames) {
  EXPECT_EQ(bridge::request_schema_of<Patch>(),
            R"({"type":"object","properties":{"description":{"type":["string","null"],"minLength":0,"maxLength":4096},)"
            R"("attributes":{"type":"object","maxProperties":64,)"
            R"("additionalProperties":{"type":["string","null"],"minLength":0,"maxLength":256}},)"
            R"("others":{"type":"object","additionalProperties":{"type":"string","minLength":0,"maxLength":256}}},)"
            R"("additionalProperties":false})");
}

TEST(Schema, RefersToATypeWithAName) {
  EXPECT_EQ(bridge::schema_of<std::vector<msg::Item>>(),
            R"({"type":"array","items":{"$ref":"#/components/schemas/Item"}})");
  EXPECT_EQ(bridge::request_schema_of<bridge::MovementBody>(), R"({"$ref":"#/components/schemas/NewMovement"})");
}

}  // namespace
