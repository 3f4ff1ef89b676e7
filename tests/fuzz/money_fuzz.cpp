// Reads any text as an amount or a number. An accepted value is in range, and stays the same when it is written and
// read.
#include "msg/types.h"
#include "tasks/money.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cents = tasks::parse_money(text)) {
    CHECK(cents->value() >= 0 && cents->value() <= msg::kPriceMaxCents, "{} cents", *cents);
    CHECK(text.find_first_not_of("0123456789.") == std::string_view::npos, "'{}' is accepted as an amount", text);
    CHECK(tasks::parse_money(tasks::money(*cents)) == *cents, "{} is written as {}", *cents, tasks::money(*cents));
  }
  if (const auto number = tasks::parse_number(text)) CHECK(tasks::parse_number(std::to_string(*number)) == number);
  if (const auto number = tasks::parse_signed(text)) {
    CHECK(tasks::parse_signed(std::to_string(*number)) == number);
    const auto written = tasks::money(base::Cents(*number));
    CHECK((*number < 0) == (written[0] == '-') && written[written.size() - 3] == '.');
  }
  return 0;
}
