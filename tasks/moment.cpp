#include "tasks/moment.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace tasks {
namespace {

// Reads a text from its front. After a part that is missing, it finds nothing more.
class MomentReader {
 public:
  explicit MomentReader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool digit = !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
      if (!digit) return failed();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool maybe(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void must(bool there) {
    if (!there) failed();
  }
  bool ended() const { return good_ && rest_.empty(); }
  // The number of digits that come next.
  std::size_t run() const {
    const auto end = rest_.find_first_not_of("0123456789");
    return end == std::string_view::npos ? rest_.size() : end;
  }

 private:
  int failed() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

// Reads a fraction of a second. Returns milliseconds.
int fraction(MomentReader& reader) {
  if (!reader.maybe(".")) return 0;
  const auto run = reader.run();
  reader.must(run >= 1 && run <= 3);
  int value = reader.digits(run);
  for (auto i = run; i < 3; ++i) value *= 10;
  return value;
}

}  // namespace

base::Result<base::WallMs> parse_moment(std::string_view text) {
  MomentReader reader(text);
  const int year = reader.digits(4);
  reader.must(reader.maybe("-"));
  const int month = reader.digits(2);
  reader.must(reader.maybe("-"));
  const int day = reader.digits(2);
  reader.must(reader.maybe(" ") || reader.maybe("T"));
  const int hour = reader.digits(2);
  reader.must(reader.maybe(":"));
  const int minute = reader.digits(2);
  const bool seconds = reader.maybe(":");
  const int second = seconds ? reader.digits(2) : 0;
  const int millisecond = seconds ? fraction(reader) : 0;
  if (!reader.maybe("Z")) (void)reader.maybe(" UTC");

  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.ended() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return base::fail(fmt::format("'{}' is not a time in UTC: write it as 2026-11-21T18:42:49Z", text));
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60'000 + second * 1000 + millisecond;
}

bool is_date(std::string_view text) { return text.size() == std::string_view("2026-11-21").size(); }

base::Result<base::WallMs> parse_begin(std::string_view text) {
  return parse_moment(is_date(text) ? std::string(text) + "T00:00" : std::string(text));
}

}  // namespace tasks
