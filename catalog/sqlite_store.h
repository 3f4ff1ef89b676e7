// SqliteStore: catalog.db, the items, hashes of their titles without case, all their topics without case, and a
// full-text index over the words of the titles (FTS5).
//
// storage/view.h keeps the position and the items. text/ makes the forms without case. If another release of ICU made
// the stored forms, opening the file makes them again. FTS5 gets the terms of a user's text and never its syntax.
// Errors: the constructor throws std::runtime_error with one line that says what to do. Later errors (disk full, file
// damaged) are SQLite::Exception, which ends the process. Threads: one. Tests: tests/catalog/sqlite_store_test.cpp and
// those beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "catalog/store.h"

namespace catalog {

class SqliteStore : public Store {
 public:
  static constexpr std::int32_t kApplicationId = 0x50594341;  // "PYCA"
  static constexpr int kFirstFormat = 2;                      // user_version
  // The step from each format to the next (storage::Steps). In steps.cpp, so that the linker chooses: msg/versions.h.
  static const std::span<const char* const> kSteps;
  static int format() { return kFirstFormat + static_cast<int>(kSteps.size()); }

  explicit SqliteStore(const std::string& path);
  ~SqliteStore() override;

  stream::Position position() const override;
  void each_item(const std::function<void(const msg::Item&)>& visit) override;
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) override;
  std::optional<std::uint64_t> items_digest() const override;
  std::optional<std::string> diverged() const override;
  void diverge(const std::string& why) override;
  void put_item(const msg::Item& item) override;
  void commit(const stream::Position& position, std::uint64_t items_digest) override;
  bool has_room() override;
  void look() const override;
  void settle() override;
  std::optional<bool> settle_result() override;
  std::uint64_t checkpoints_failed() const override;
  std::vector<base::ItemId> search(const msg::Search& search, std::uint32_t limit) override;
  std::optional<base::ItemId> find_title(const std::string& title) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The number under which the index of titles finds a title without case: 64 bits of its SHA-256. So the index stays
// small, and titles of strangers cannot be made to collide.
std::int64_t title_hash(std::string_view folded);
// The words of a title, as the full-text index takes them.
std::string indexed(const std::string& title);
// The FTS5 query for a user's text (text::phrases_of). Empty if there is no word.
std::string full_text_query(const std::string& text);

}  // namespace catalog
