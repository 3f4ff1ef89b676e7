#include "bridge/lab_bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace bridge {

void Decimal::write(std::string& out) const {
  fmt::format_to(std::back_inserter(out), "{}.{:02}", cents.value() / 100, cents.value() % 100);
}

json::Problem LabQuantity::read(const json::Value& given) {
  msg::Quantity::Rep number = 0;
  const auto* text = std::get_if<std::string>(&given.value);
  const auto digits = text ? json::parse(*text) : base::Result<json::Value>(given);
  auto problem = digits ? json::read_integer(*digits, number) : json::Problem("expected an integer");
  value = msg::Quantity(number);
  return problem;
}

json::Problem LabOrderType::read(const json::Value& given) {
  auto lower = given;
  if (auto* text = std::get_if<std::string>(&lower.value)) {
    std::transform(text->begin(), text->end(), text->begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  return json::read_word(lower, value);
}

}  // namespace bridge
