#include "backup/new_journal.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <type_traits>

#include "broker/block_rows.h"
#include "broker/journal_file.h"
#include "broker/sequencer.h"
#include "broker/sqlite_journal.h"
#include "disk/checkpoints.h"
#include "msg/codec.h"

namespace backup {
namespace {

constexpr std::size_t kTransactionBytes = 16 * 1024 * 1024;  // bounds the write-ahead log

SQLite::Database made(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) throw std::runtime_error(fmt::format("{} is there already", file.string()));
  return broker::open_journal(file);
}

}  // namespace

class NewJournal::Impl {
 public:
  explicit Impl(std::filesystem::path file) : file_(std::move(file)), database_(made(file_)) {}

  void event(const msg::Event& event, base::Seq seq) {
    std::visit(
        [&](const auto& what) {
          if constexpr (std::is_constructible_v<broker::ControlEvent, decltype(what)>) {
            broker::evolve(control_, what, seq);
          }
        },
        event.what);
  }

  void block(const msg::Block& block, base::BytesView bytes) {
    ending_ = {{block.no, block.first, block.last(), base::Bytes(bytes), {}}, block.term};
    writing([&] {
      if (!transaction_) transaction_.emplace(database_);
      insert_.insert(block.no, block.first, block.last(), bytes);
      bytes_ += bytes.size();
      if (bytes_ >= kTransactionBytes) commit();
    });
  }

  Ending finish() {
    writing([&] {
      if (!transaction_) transaction_.emplace(database_);
      SQLite::Statement update(database_, "UPDATE meta SET term = ?, control = ? WHERE id = 1");
      const auto control = msg::encoded(control_);
      update.bind(1, static_cast<std::int64_t>(ending_.term.value()));
      update.bind(2, control.data(), static_cast<int>(control.size()));
      update.exec();
      commit();
    });
    (void)broker::check_journal(database_, file_, broker::SqliteJournal::kVerifyBlocks);  // as a broker that opens it
    ending_.last.control = control_;
    return ending_;
  }

 private:
  template <class Write>
  void writing(Write write) {
    try {
      write();
    } catch (const SQLite::Exception& error) {
      throw std::runtime_error(fmt::format("{} cannot be written: {}", file_.string(), error.what()));
    }
  }

  void commit() {
    transaction_->commit();
    transaction_.reset();
    bytes_ = 0;
  }

  const std::filesystem::path file_;
  SQLite::Database database_;
  disk::Checkpoints checkpoints_{database_, broker::kCheckpointPages};
  broker::InsertRow insert_{database_};
  std::optional<SQLite::Transaction> transaction_;
  std::size_t bytes_ = 0;  // of the open transaction
  msg::Control control_;
  Ending ending_;
};

NewJournal::NewJournal(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
NewJournal::~NewJournal() = default;

void NewJournal::event(const msg::Event& event, base::Seq seq) { impl_->event(event, seq); }
void NewJournal::block(const msg::Block& block, base::BytesView bytes) { impl_->block(block, bytes); }
Ending NewJournal::finish() {
  auto ending = impl_->finish();
  impl_.reset();
  return ending;
}

}  // namespace backup
