#include "tasks/catalogue_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "base/unless_empty.h"
#include "msg/currency.h"
#include "msg/places.h"
#include "msg/well_formed.h"
#include "tasks/csv.h"
#include "tasks/details.h"
#include "tasks/money.h"
#include "tasks/places.h"
#include "tasks/terms.h"

namespace tasks {
namespace {

// FNV-1a (Fowler, Noll, Vo). The hash only tells catalogues apart. A collision is possible only on purpose.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xff) * 0x100000001b3ULL;
}

using Columns = std::map<std::string, std::size_t>;

base::Result<Columns> read_head(const std::vector<std::string>& head) {
  std::set<std::string> known(kNeededColumns.begin(), kNeededColumns.end());
  known.insert(kOptionalColumns.begin(), kOptionalColumns.end());
  if (head.size() == 1 && head.front().find(';') != std::string::npos) {
    return base::fail("the first line has semicolons: separate the columns with commas");
  }
  Columns columns;
  for (std::size_t i = 0; i < head.size(); ++i) {
    // A column that is left out by mistake would lose what it says.
    if (known.count(head[i]) == 0) {
      return base::fail(
          fmt::format("there is no column '{}': the columns are {}", base::shown(head[i]), fmt::join(known, ", ")));
    }
    if (!columns.emplace(head[i], i).second) return base::fail(fmt::format("the column '{}' comes twice", head[i]));
  }
  for (const auto* needed : {"title", "topic", "price"}) {
    if (columns.count(needed) == 0) {
      return base::fail(fmt::format("the first line has no column '{}': it must name {}, and may name {}", needed,
                                    fmt::join(kNeededColumns, ", "), fmt::join(kOptionalColumns, ", ")));
    }
  }
  return columns;
}

// The faults of one row.
using RowFaults = std::vector<std::string>;

// Returns the value, or one that means nothing and a fault more.
template <class T>
T kept(base::Result<T> read, RowFaults& faults) {
  if (read) return std::move(*read);
  faults.push_back(std::move(read.error().message));
  return {};
}

// The store has the same rules. A text that passes here must not be refused when half of the file is loaded.
void check_text(const char* column, const std::string& text, std::size_t bytes_max, RowFaults& faults) {
  if (text.size() > bytes_max) {
    faults.push_back(fmt::format("the {} has more than {} bytes", column, bytes_max));
  } else if (const auto fault = base::fault_of_text(text)) {
    faults.push_back(fmt::format("the {} {}", column, *fault));
  }
}

// The currency of a row's price.
base::Result<Currency> read_currency(const Columns& columns, const std::vector<std::string>& row,
                                     const Prices& prices) {
  const auto column = columns.find("currency");
  const auto code = column == columns.end() ? std::string() : row[column->second];
  if (code.empty() || (prices.currency && code == prices.currency->code)) return prices.currency;
  const auto named = msg::currency_of(code);
  if (!named) return base::fail(fmt::format("currency: '{}' is not a currency", code));
  if (!prices.of_store && !prices.currency) return Currency(named);
  return base::fail(fmt::format("currency: the price is in {}, but the store has {}", code,
                                prices.currency ? prices.currency->code : "no currency"));
}

// Fills in the description, the topics besides the first one, and the attributes that the row tells.
base::Result<void> read_details(const Columns& columns, const std::vector<std::string>& row, msg::NewItem& item) {
  const auto cell = [&](const char* name) {
    const auto column = columns.find(name);
    return column == columns.end() ? std::string() : as_meant(row[column->second]);
  };
  // A spreadsheet may end lines as Windows does.
  auto description = cell("description");
  description.erase(std::remove(description.begin(), description.end(), '\r'), description.end());
  item.description = base::unless_empty(std::move(description));
  item.topics = read_topics(cell("topics"));
  auto attributes = read_attributes(cell("attributes"));
  if (!attributes) return base::fail("attributes: " + attributes.error().message);
  item.attributes = std::move(*attributes);
  auto fault = item.description ? msg::fault_of_description(*item.description) : std::nullopt;
  if (!fault && item.topics) fault = msg::fault_of(*item.topics);
  if (!fault && item.attributes) fault = msg::fault_of(*item.attributes);
  if (fault) return base::fail(*fault);
  return {};
}

base::Result<base::Cents> read_price(const Columns& columns, const std::vector<std::string>& row,
                                     const Prices& prices) {
  const auto currency = read_currency(columns, row, prices);
  if (!currency) return base::fail(currency.error().message);
  const auto price = parse_money(row[columns.at("price")], *currency);
  if (!price) return base::fail("price: " + price.error().message);
  return *price;
}

base::Result<base::Quantity> read_pieces(const char* column, const std::string& cell) {
  const auto pieces = parse_number(cell);
  if (!pieces || *pieces > static_cast<std::uint64_t>(msg::kStockMax)) {
    return base::fail(fmt::format("{}: '{}' is not a number from 0 to {}", column, cell, msg::kStockMax));
  }
  return base::Quantity(static_cast<std::int64_t>(*pieces));
}

base::Result<base::Quantity> read_stock(const Columns& columns, const std::vector<std::string>& row) {
  const auto column = columns.find("stock");
  return column == columns.end() ? base::Quantity() : read_pieces("stock", row[column->second]);
}

base::Result<std::optional<base::ItemId>> read_id(const Columns& columns, const std::vector<std::string>& row) {
  const auto column = columns.find("id");
  if (column == columns.end() || row[column->second].empty()) return std::nullopt;
  const auto& cell = row[column->second];
  const auto id = parse_number(cell);
  if (!id || *id == 0 || *id > msg::kItemIdMax) {
    return base::fail(fmt::format("id: '{}' is not a number from 1 to {}", cell, msg::kItemIdMax));
  }
  return std::optional(base::ItemId(*id));
}

// Returns what the row says about whether its item is retired; nothing if the file has no such column.
base::Result<std::optional<bool>> read_retired(const Columns& columns, const std::vector<std::string>& row) {
  const auto column = columns.find("retired");
  if (column == columns.end()) return std::nullopt;
  const auto& text = row[column->second];
  if (!text.empty() && text != "yes" && text != "no") {
    return base::fail(fmt::format("retired: '{}' is not yes, no or empty", text));
  }
  return text == "yes";
}

// Returns the terms of sale that the row tells; nothing if the file has no such column.
base::Result<std::optional<msg::Terms>> told_terms(const Columns& columns, const std::vector<std::string>& row) {
  const auto column = columns.find("terms");
  if (column == columns.end()) return std::nullopt;
  const auto terms = read_terms(as_meant(row[column->second]));
  if (!terms) return base::fail("terms: " + terms.error().message);
  if (const auto fault = msg::fault_of(*terms)) return base::fail("terms: " + *fault);
  return *terms;
}

// Returns the places that the row tells; nothing if the file has no such column.
base::Result<std::optional<std::optional<msg::Places>>> told_places(const Columns& columns,
                                                                    const std::vector<std::string>& row,
                                                                    base::Quantity stock) {
  using Told = std::optional<std::optional<msg::Places>>;
  const auto column = columns.find("places");
  if (column == columns.end()) return Told();
  auto places = read_places(as_meant(row[column->second]));
  if (!places) return base::fail("places: " + places.error().message);
  if (!*places) return Told(std::optional<msg::Places>());
  if (const auto fault = msg::fault_of(**places)) return base::fail(*fault);
  if (const auto sum = msg::sum_of(*places); sum > stock) {
    return base::fail(fmt::format("places: {} pieces, but the stock is {}", sum, stock));
  }
  return Told(std::move(*places));
}

// Returns the threshold that the row tells; nothing if the file has no such column.
base::Result<std::optional<std::optional<base::Quantity>>> told_low(const Columns& columns,
                                                                    const std::vector<std::string>& row) {
  using Told = std::optional<std::optional<base::Quantity>>;
  const auto column = columns.find("low");
  if (column == columns.end()) return Told();
  const auto& cell = row[column->second];
  if (cell.empty()) return Told(std::optional<base::Quantity>());
  const auto pieces = read_pieces("low", cell);
  if (!pieces) return base::fail(pieces.error().message + ", or empty");
  return Told(*pieces);
}

// Skips the byte order mark that some programs write first. Only the first byte is compared, because a pipe cannot be
// wound back; no column's name begins with that byte.
void skip_mark(std::istream& in) {
  constexpr int kMarkBytes = 3;
  if (in.peek() == 0xef) in.ignore(kMarkBytes);
}

// Takes the rows of a catalogue, one by one.
class Rows {
 public:
  Rows(const Columns& columns, const Prices& prices) : columns_(columns), prices_(prices) {}

  // Returns all faults of the row; then nothing can be made of the catalogue any more.
  RowFaults take(const std::vector<std::string>& row) {
    if (row.size() != columns_.size()) {
      return {fmt::format("the row has {} fields, but the first line has {}", row.size(), columns_.size())};
    }
    RowFaults faults;
    msg::NewItem item;
    item.title = as_meant(row[columns_.at("title")]);
    item.topic = as_meant(row[columns_.at("topic")]);
    if (item.title.empty()) faults.emplace_back("the title is empty");
    check_text("title", item.title, msg::kTitleBytesMax, faults);
    check_text("topic", item.topic, msg::kTopicBytesMax, faults);
    item.price = kept(read_price(columns_, row, prices_), faults);
    const auto stock = read_stock(columns_, row);
    item.stock = kept(stock, faults);
    const auto id = read_id(columns_, row);
    item.id = kept(id, faults);
    if (id) check_id(item.id, faults);
    const bool lacks_id = id && !item.id;
    if (auto read = read_details(columns_, row, item); !read) faults.push_back(read.error().message);
    const auto retired = kept(read_retired(columns_, row), faults);
    if (retired && *retired && lacks_id) faults.emplace_back("retired: a retired item needs an id");
    if (retired && item.id) catalogue_.retired[*item.id] = *retired;
    const auto terms = kept(told_terms(columns_, row), faults);
    if (terms && *terms != msg::Terms{} && lacks_id) faults.emplace_back("terms: an item with terms needs an id");
    if (terms && item.id) catalogue_.terms[*item.id] = *terms;
    const bool tells_stock = stock && columns_.count("stock") != 0;
    const auto places = kept(told_places(columns_, row, tells_stock ? *stock : base::Quantity(msg::kStockMax)), faults);
    if (places && *places && lacks_id) faults.emplace_back("places: an item with pieces elsewhere needs an id");
    if (places && item.id) catalogue_.places[*item.id] = *places;
    const auto low = kept(told_low(columns_, row), faults);
    if (low && *low && lacks_id) faults.emplace_back("low: an item with a threshold needs an id");
    if (low && item.id) catalogue_.low[*item.id] = *low;
    for (const auto& field : row) hash_ = mix(hash_, field);
    catalogue_.items.push_back(std::move(item));
    return faults;
  }

  Catalogue end() {
    catalogue_.fingerprint = fmt::format("{:016x}", hash_);
    return std::move(catalogue_);
  }

 private:
  void check_id(const std::optional<base::ItemId>& id, RowFaults& faults) {
    if (id && !ids_.insert(*id).second) faults.push_back(fmt::format("id {} comes twice", *id));
    if (!with_ids_) with_ids_ = id.has_value();
    if (*with_ids_ == id.has_value()) return;
    // The store could give rows without an id an id that another row of this file has.
    faults.emplace_back("some rows have an id and some have none: give an id to every row, or to none");
  }

  const Columns& columns_;
  const Prices& prices_;
  Catalogue catalogue_;
  std::set<base::ItemId> ids_;
  std::optional<bool> with_ids_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace

void Faults::add(const std::string& fault) {
  if (++count_ > kShown) return;
  text_ += (text_.empty() ? "" : "\n") + fault;
}

std::string Faults::text() const {
  return count_ <= kShown ? text_ : fmt::format("{}\n... and {} more faults", text_, count_ - kShown);
}

base::Result<Catalogue> read_catalogue(std::istream& in, const std::string& name, const Prices& prices) {
  skip_mark(in);
  CsvReader reader(in);
  const auto at_line = [&](const std::string& what) { return fmt::format("{}:{}: {}", name, reader.line(), what); };
  const auto head = reader.next();
  if (!head) return base::fail(at_line(head.error().message));
  if (head->empty()) return base::fail(name + ": the file is empty");
  const auto columns = read_head(*head);
  if (!columns) return base::fail(at_line(columns.error().message));
  Rows rows(*columns, prices);
  Faults faults;
  for (;;) {
    const auto row = reader.next();
    if (!row) faults.add(at_line(row.error().message));
    if (!row || row->empty()) break;  // after an unclosed quote nothing is a row
    for (const auto& fault : rows.take(*row)) faults.add(at_line(fault));
  }
  if (faults.any()) return base::fail(faults.text());
  auto catalogue = rows.end();
  catalogue.tells_stock = columns->count("stock") > 0;
  catalogue.tells_description = columns->count("description") > 0;
  catalogue.tells_topics = columns->count("topics") > 0;
  catalogue.tells_attributes = columns->count("attributes") > 0;
  return catalogue;
}

}  // namespace tasks
