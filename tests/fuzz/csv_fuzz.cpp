// Reads any bytes as a CSV file and as a catalogue. Accepted rows must be the same after writing and reading them
// again.
#include <sstream>

#include "msg/codec.h"
#include "tasks/catalogue_file.h"
#include "tasks/csv.h"
#include "tasks/money.h"
#include "tests/fuzz/fuzz.h"

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& text) {
  std::istringstream in(text);
  tasks::CsvReader reader(in);
  Rows rows;
  for (;;) {
    auto row = reader.next();
    if (!row || row->empty()) return rows;
    rows.push_back(std::move(*row));
  }
}

std::string csv_of(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + tasks::csv_field(row[i]);
    text += '\n';
  }
  return text;
}

std::string cell(const std::string& text) { return tasks::csv_field(tasks::harmless(text)); }

// Writes items in the format of `pygmy export items`.
std::string csv_of(const std::vector<msg::NewItem>& items) {
  std::string text = "id,title,topic,price,stock\n";
  for (const auto& item : items) {
    text += fmt::format("{},{},{},{},{}\n", item.id ? std::to_string(item.id->value()) : "", cell(item.title),
                        cell(item.topic), tasks::money(item.price), item.stock);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto rows = rows_of(text);
  const auto written = csv_of(rows);
  if (written.size() < tasks::CsvReader::kRecordBytesMax)
    CHECK(rows_of(written) == rows, "writing and reading changes the rows");

  std::istringstream in(text);
  const auto catalogue = tasks::read_catalogue(in, "file");
  if (!catalogue) return 0;
  std::istringstream exported(csv_of(catalogue->items));
  const auto again = tasks::read_catalogue(exported, "export");
  CHECK(again, "an exported file is refused: {}", again.error().message);
  CHECK(msg::encoded(msg::AddItems{"", again->items}) == msg::encoded(msg::AddItems{"", catalogue->items}));
  return 0;
}
