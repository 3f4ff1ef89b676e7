// CSV as RFC 4180 has it: fields in quotes may hold commas, quotes (doubled) and line ends; CRLF or LF.
//
// Bounds: a record of more than kRecordBytesMax is an error (an unclosed quote would else swallow the file).
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"

namespace cli {

class CsvReader {
 public:
  static constexpr std::size_t kRecordBytesMax = 64 * 1024;

  explicit CsvReader(std::istream& in) : in_(in) {}

  // The next record that is not an empty line; no fields at the end of the file.
  base::Result<std::vector<std::string>> next();
  std::size_t line() const { return line_; }  // on which the last record began, from 1

 private:
  base::Result<std::vector<std::string>> record();
  base::Result<void> quoted(std::string& field);

  std::istream& in_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
  std::size_t bytes_ = 0;
};

// A field, in quotes if it needs them.
std::string csv_field(const std::string& text);

}  // namespace cli
