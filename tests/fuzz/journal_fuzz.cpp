// A broker opens a journal with any rows. Either it accepts them: then they are a chain of blocks that verify and end
// with the tail that it reports. Or it refuses them with one line.
#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <filesystem>

#include "broker/journal_file.h"
#include "msg/codec.h"
#include "tests/fuzz/fuzz.h"

namespace {

struct Row {
  std::int64_t no = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::string_view bytes;
};

class File {
 public:
  File() { std::filesystem::remove(path_); }
  ~File() {
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }
  SQLite::Database& database() { return database_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / fmt::format("journal-fuzz-{}", ::getpid());
  SQLite::Database database_ = broker::open_journal(path_);
};

void fill(SQLite::Database& database, std::string_view control, const std::vector<Row>& rows) {
  SQLite::Statement meta(database, "UPDATE meta SET term = 3, control = ? WHERE id = 1");
  meta.bindNoCopy(1, control.data(), static_cast<int>(control.size()));
  meta.exec();
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)");
  for (const auto& row : rows) {
    insert.bind(1, row.no);
    insert.bind(2, row.first);
    insert.bind(3, row.last);
    insert.bindNoCopy(4, row.bytes.data(), static_cast<int>(row.bytes.size()));
    insert.exec();
    insert.reset();
  }
}

void judge(const broker::Tail& tail, const std::vector<Row>& rows) {
  if (!tail.block) return;
  const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const Row& row) {
    return row.no == static_cast<std::int64_t>(tail.block.value());
  });
  CHECK(last != rows.rend(), "the reported tail is not a row");
  const auto block = msg::decode_block(last->bytes);
  CHECK(block && block->hash.bytes == tail.hash && block->last() == tail.last && block->epoch == tail.control.epoch);
}

}  // namespace

// The input is the control record, then rows: three small numbers and the bytes. A row whose first number is 255 gets
// the right place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static File file;
  fuzz::Steps steps(data, size);
  const auto control = steps.bytes();
  std::vector<Row> rows;
  while (!steps.done()) {
    Row row{steps.byte(), steps.byte(), steps.byte(), steps.bytes()};
    const auto block = msg::decode_block(row.bytes);
    if (row.no == 255 && block) {
      row.no = static_cast<std::int64_t>(block->no.value());
      row.first = static_cast<std::int64_t>(block->first.value());
      row.last = static_cast<std::int64_t>(block->last().value());
    }
    rows.push_back(row);
  }
  SQLite::Transaction transaction(file.database());  // it is never committed
  fill(file.database(), control, rows);
  try {
    judge(broker::check_journal(file.database(), file.path(), 3), rows);
  } catch (const std::runtime_error& refused) {
    const std::string_view why = refused.what();
    CHECK(why.find("is damaged") != std::string_view::npos ||
              why.find("newer than this program") != std::string_view::npos,
          "{}", why);
  }
  return 0;
}
