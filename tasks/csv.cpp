#include "tasks/csv.h"

#include <algorithm>
#include <string_view>

namespace tasks {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

constexpr std::string_view kFormulas[] = {"=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

bool may_run(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
  return std::any_of(std::begin(kFormulas), std::end(kFormulas),
                     [&](std::string_view begin) { return text.starts_with(begin); });
}

}  // namespace

base::Result<std::vector<std::string>> CsvReader::next() {
  for (;;) {
    line_ = next_line_;
    auto fields = record();
    const bool empty_line = fields && fields->size() == 1 && fields->front().empty();
    if (!empty_line) return fields;
    if (in_.peek() == kEnd) return std::vector<std::string>{};
  }
}

base::Result<std::vector<std::string>> CsvReader::record() {
  std::vector<std::string> fields;
  if (in_.peek() == kEnd) return fields;
  fields.emplace_back();
  bytes_ = 0;
  for (;;) {
    if (++bytes_ > kRecordBytesMax) return base::fail("the record is too long; is a quote not closed?");
    const int c = in_.get();
    if (c == '"') {
      if (!fields.back().empty())
        return base::fail("there is a quote in the middle of a field that does not begin with a quote");
      if (auto closed = quoted(fields.back()); !closed) return base::fail(closed.error().message);
      const int after = in_.peek();
      if (after != ',' && after != '\n' && after != '\r' && after != kEnd) {
        return base::fail("a comma or the end of the line must follow a closing quote");
      }
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n' || c == kEnd) {
      ++next_line_;
      return fields;
    } else if (c == '\r' && in_.peek() == '\n') {
      continue;
    } else {
      fields.back() += static_cast<char>(c);
    }
  }
}

base::Result<void> CsvReader::quoted(std::string& field) {
  for (;;) {
    if (++bytes_ > kRecordBytesMax) return base::fail("the record is too long; is a quote not closed?");
    const int c = in_.get();
    if (c == kEnd) return base::fail("the file ends within quotes");
    if (c == '"' && in_.peek() != '"') return {};
    if (c == '"') in_.get();
    if (c == '\n') ++next_line_;
    field += static_cast<char>(c);
  }
}

std::string harmless(const std::string& text) { return may_run(text) ? "'" + text : text; }

std::string as_meant(const std::string& cell) {
  return cell.starts_with('\'') && may_run(cell) ? cell.substr(1) : cell;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

std::string csv_cell(const std::string& text) { return csv_field(harmless(text)); }

}  // namespace tasks
