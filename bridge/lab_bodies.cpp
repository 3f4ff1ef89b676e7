#include "bridge/lab_bodies.h"

#include <algorithm>

namespace bridge {

json::Problem LabQuantity::read(const Json& json) {
  msg::Quantity::Rep number = 0;
  const auto* text = std::get_if<std::string>(&json.value);
  const auto digits = text ? parse_json(*text) : base::Result<Json>(json);
  auto problem = digits ? json::read_integer(*digits, number) : json::Problem("expected an integer");
  value = msg::Quantity(number);
  return problem;
}

json::Problem LabOrderType::read(const Json& json) {
  auto lower = json;
  if (auto* text = std::get_if<std::string>(&lower.value)) {
    std::transform(text->begin(), text->end(), text->begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  return json::read_word(lower, value);
}

}  // namespace bridge
