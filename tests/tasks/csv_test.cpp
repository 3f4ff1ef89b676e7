#include "tasks/csv.h"

#include <gtest/gtest.h>

#include <sstream>

namespace {

using Record = std::vector<std::string>;

// Returns all records of a text. An error is the last record.
std::vector<Record> records_of(const std::string& text) {
  std::istringstream in(text);
  tasks::CsvReader reader(in);
  std::vector<Record> records;
  for (;;) {
    const auto record = reader.next();
    if (!record) records.push_back({"error: " + record.error().message});
    if (!record || record->empty()) return records;
    records.push_back(*record);
  }
}

bool is_error(const std::string& text) {
  const auto records = records_of(text);
  return !records.empty() && records.back().at(0).rfind("error: ", 0) == 0;
}

TEST(Csv, FieldsAreSplitAtCommas) { EXPECT_EQ(records_of("a,b,c\n"), (std::vector<Record>{{"a", "b", "c"}})); }

TEST(Csv, TheLastLineNeedsNoEnd) { EXPECT_EQ(records_of("a\nb"), (std::vector<Record>{{"a"}, {"b"}})); }

TEST(Csv, LinesMayEndInCrLf) { EXPECT_EQ(records_of("a,b\r\nc,d\r\n"), (std::vector<Record>{{"a", "b"}, {"c", "d"}})); }

TEST(Csv, FieldsMayBeEmpty) { EXPECT_EQ(records_of(",a,\n,\n"), (std::vector<Record>{{"", "a", ""}, {"", ""}})); }

TEST(Csv, EmptyLinesAreSkipped) { EXPECT_EQ(records_of("\na\n\r\n\nb\n\n"), (std::vector<Record>{{"a"}, {"b"}})); }

TEST(Csv, AnEmptyFileHasNoRecord) { EXPECT_TRUE(records_of("").empty()); }

TEST(Csv, QuotesKeepCommasAndLineEnds) {
  EXPECT_EQ(records_of("\"a,b\",\"c\nd\",\"e\r\nf\"\n"), (std::vector<Record>{{"a,b", "c\nd", "e\r\nf"}}));
}

TEST(Csv, ADoubledQuoteIsOne) {
  EXPECT_EQ(records_of("\"say \"\"hi\"\"\",\"\"\"\"\n"), (std::vector<Record>{{"say \"hi\"", "\""}}));
}

TEST(Csv, AnEmptyQuotedFieldIsEmpty) { EXPECT_EQ(records_of("\"\",a\n"), (std::vector<Record>{{"", "a"}})); }

TEST(Csv, TheLineOfARecordIsThatOfItsBeginning) {
  std::istringstream in("a\n\n\"b\nb\"\nc\n");
  tasks::CsvReader reader(in);
  for (const std::size_t line : {1U, 3U, 5U}) {
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.line(), line);
  }
}

TEST(Csv, AFieldIsReadAsItWasWritten) {
  const Record fields{"plain", "a,b", "say \"hi\"", "two\nlines", "", " spaces "};
  std::string line;
  for (const auto& field : fields) line += (line.empty() ? "" : ",") + tasks::csv_field(field);
  EXPECT_EQ(records_of(line + "\n"), (std::vector<Record>{fields}));
}

TEST(Csv, AFieldIsWrittenInQuotesWhereItNeedsThem) {
  EXPECT_EQ(tasks::csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(tasks::csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(tasks::csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(Csv, PlainFieldsAreWrittenWithoutQuotes) { EXPECT_EQ(tasks::csv_field("RPCs for Dummies"), "RPCs for Dummies"); }

// All the error paths.
TEST(Csv, AnUnclosedQuoteIsAnError) { EXPECT_TRUE(is_error("\"a,b\n")); }
TEST(Csv, AQuoteInsideAPlainFieldIsAnError) { EXPECT_TRUE(is_error("a\"b\n")); }
TEST(Csv, TextAfterAClosingQuoteIsAnError) { EXPECT_TRUE(is_error("\"a\"b\n")); }
TEST(Csv, EachRecordMayBeSoLongAndNoLonger) {
  const std::string longest(tasks::CsvReader::kRecordBytesMax - 1, 'x');  // its end counts, too
  EXPECT_EQ(records_of(longest + "\n" + longest + "\n"), (std::vector<Record>{{longest}, {longest}}));
  EXPECT_TRUE(is_error(longest + "x\n"));
  const std::string quoted = '"' + longest.substr(2) + '"';
  EXPECT_FALSE(is_error(quoted + "\n" + quoted + "\n"));
  EXPECT_TRUE(is_error("\"x" + quoted.substr(1) + "\n"));
}
TEST(Csv, ACarriageReturnWithoutALineEndIsPartOfAField) {
  EXPECT_EQ(records_of("a\rb\n"), (std::vector<Record>{{"a\rb"}}));
  EXPECT_EQ(tasks::csv_field("a\rb"), "\"a\rb\"");
}
TEST(Csv, ARecordWithoutEndIsAnErrorBeforeItFillsTheMemory) {
  EXPECT_TRUE(is_error("\"" + std::string(10 * tasks::CsvReader::kRecordBytesMax, 'x') + "\"\n"));
  EXPECT_TRUE(is_error(std::string(10 * tasks::CsvReader::kRecordBytesMax, 'x')));
}

TEST(Csv, ATextThatASpreadsheetWouldRunIsHarmless) {
  for (const std::string begin : {"=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"}) {
    EXPECT_EQ(tasks::harmless(begin + "1"), "'" + begin + "1");
  }
  EXPECT_EQ(tasks::harmless("'=1"), "''=1");
  for (const std::string text : {"", "'", "'Tis", "''", "1=1", " =1", "a-b", "\u2212", "\uff1c"}) {
    EXPECT_EQ(tasks::harmless(text), text);
  }
}

TEST(Csv, AHarmlessTextIsReadAsItWasMeant) {
  for (const std::string text : {"", "=1", "'=1", "''=1", "-", "@a", "\uff1d", "'", "'Tis", "''", "plain", "'\"="}) {
    EXPECT_EQ(tasks::as_meant(tasks::harmless(text)), text);
  }
  for (const std::string text : {"", "'", "'Tis", "''a", "=1", "plain"}) EXPECT_EQ(tasks::as_meant(text), text);
}

}  // namespace
