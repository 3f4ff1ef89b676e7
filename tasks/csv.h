// Reads and writes CSV as in RFC 4180: fields in quotes may hold commas, doubled quotes and line ends. Lines end with
// CRLF or LF.
//
// Bounds: a record of more than kRecordBytesMax is an error. Otherwise an unclosed quote would swallow the whole file.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"

namespace tasks {

class CsvReader {
 public:
  static constexpr std::size_t kRecordBytesMax = 64 * 1024;

  explicit CsvReader(std::istream& in) : in_(in) {}

  // Returns the next record and skips empty lines. At the end of the file the record has no fields.
  base::Result<std::vector<std::string>> next();
  std::size_t line() const { return line_; }  // the line on which the last record began, from 1

 private:
  base::Result<std::vector<std::string>> record();
  base::Result<void> quoted(std::string& field);

  std::istream& in_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
  std::size_t bytes_ = 0;
};

// Writes `text` as a field, in quotes if it needs them.
std::string csv_field(const std::string& text);

// A spreadsheet takes a cell for a formula if it begins with = + - @, one of these in its wide form, a tab or a CR, and
// runs it when the file is opened. harmless() puts an apostrophe before such a text, and before one that begins with
// apostrophes and then such a character; as_meant() takes that apostrophe away. So as_meant(harmless(text)) == text for
// every text, and as_meant() changes no other text, e.g. 'Tis.
std::string harmless(const std::string& text);
std::string as_meant(const std::string& cell);

// Writes `text` as a field of a file that people may open in a spreadsheet.
std::string csv_cell(const std::string& text);

}  // namespace tasks
