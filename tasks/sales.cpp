#include "tasks/sales.h"

#include <fmt/format.h>

#include <set>
#include <tuple>
#include <utility>

#include "msg/places.h"
#include "tasks/moment.h"
#include "tasks/output.h"

namespace tasks {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;
constexpr std::int64_t kOffsetMaxMs = 14 * 60 * kMinuteMs;

// Returns whether the sum fits.
template <class Amount>
bool grow(Amount& sum, std::int64_t by) {
  std::int64_t grown = 0;
  if (by < 0 || __builtin_add_overflow(sum.value(), by, &grown)) return false;
  sum = Amount(grown);
  return true;
}

// Adds pieces at this price to the sums of pieces and of money. Returns whether they fit.
bool grow(base::Quantity& pieces, base::Cents& money, base::Quantity more, base::Cents price) {
  std::int64_t amount = 0;
  return !__builtin_mul_overflow(price.value(), more.value(), &amount) && grow(pieces, more.value()) &&
         grow(money, amount);
}

// The pieces of a line at each place, those at `main` first.
msg::Places parts_of(const msg::OrderLine& line) {
  auto parts = line.places.value_or(msg::Places());
  const auto at_main = msg::pieces_at(line.quantity, line.places, msg::kMainPlace);
  if (at_main.value() > 0) parts.insert(parts.begin(), {std::string(msg::kMainPlace), at_main});
  return parts;
}

}  // namespace

base::Result<void> Tally::add(const msg::Order& order) {
  if (order.seq > as_of_) return {};
  if (order.type != msg::OrderType::kBuy) {
    ++sells_;
    return {};
  }
  std::set<std::int64_t> touched;
  const auto add_line = [&](const msg::OrderLine& line, base::Quantity Sales::*pieces,
                            base::Cents Sales::*money) -> base::Result<void> {
    for (const auto& part : parts_of(line)) {
      const auto group = group_of_(order, line.item, part.place);
      if (!group) return base::fail(fmt::format("order {}: the catalogue does not have item {}", order.no, line.item));
      touched.insert(*group);
      for (auto* sales : {&groups_[*group], &total_}) {
        if (!grow(sales->*pieces, sales->*money, part.pieces, line.price)) {
          return base::fail(fmt::format("order {}: the sums become too great; name a shorter time", order.no));
        }
      }
    }
    return {};
  };
  for (const auto& line : order.lines) {
    if (auto added = add_line(line, &Sales::pieces, &Sales::gross); !added) return added;
  }
  for (const auto& each : order.cancellations.value_or(std::vector<msg::Cancellation>{})) {
    if (each.seq > as_of_) continue;
    for (const auto& line : each.lines) {
      if (auto added = add_line(line, &Sales::pieces_taken_back, &Sales::taken_back); !added) return added;
    }
  }
  ++total_.orders;
  for (const auto group : touched) ++groups_[group].orders;
  return {};
}

base::Result<Period> period_of(const std::string& from, const std::string& to, std::int64_t offset) {
  Period period;
  for (const auto& [text, bound, rest] :
       {std::tuple{&from, &period.first, std::int64_t{0}}, std::tuple{&to, &period.last, kDayMs - 1}}) {
    if (text->empty()) continue;
    const auto time = parse_begin(*text);
    if (!time) return base::fail(time.error().message);
    *bound = is_date(*text) ? *time - offset + rest : *time;
  }
  if (period.first > period.last) return base::fail(fmt::format("--from {} is after --to {}", from, to));
  return period;
}

base::Result<std::int64_t> parse_offset(std::string_view text) {
  // The digits are read as a time of the first day of 1970.
  const bool is_signed = text.size() == 6 && (text[0] == '+' || text[0] == '-');
  const auto time = is_signed ? parse_moment(fmt::format("1970-01-01T{}", text.substr(1))) : base::fail("");
  if (!time || *time > kOffsetMaxMs) {
    return base::fail(fmt::format("'{}' is not an offset from UTC: write +05:30 or -03:00, at most 14 hours", text));
  }
  return text[0] == '-' ? -*time : *time;
}

std::int64_t day_of(base::WallMs time, std::int64_t offset) {
  const auto local = time + offset;
  return local / kDayMs - (local % kDayMs < 0 ? 1 : 0);
}

std::string day_text(std::int64_t day) {
  return time_text(day * kDayMs).substr(0, std::string_view("1970-01-01").size());
}

}  // namespace tasks
