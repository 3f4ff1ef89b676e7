// Merge: one stream out of several archives of it.
//
// Archives of one stream agree wherever they have the same block. Each may begin late (it was trimmed), end early, or
// have blocks that are damaged: then another archive has to have them. The stream is taken from block 1 on, each block
// after the one that it names, as far as any archive goes.
//
// Archives that do not agree are of different histories, or of different stores. Only a person knows which of them is
// meant: it is an error that names the block and the two archives.
//
// Memory: a page of each archive. Threads: none. Tests: tests/backup/merge_test.cpp.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/archive.h"

namespace backup {

class Merge {
 public:
  struct Source {
    std::string name;  // for people
    std::unique_ptr<Archive> archive;
  };
  // The part of a source that was seen so far.
  struct Seen {
    std::string name;
    base::BlockNo begins;       // its first block; 0: it has none
    base::BlockNo taken;        // the last block that it has as it was taken; 0: none
    std::uint64_t damaged = 0;  // blocks that were not taken from it
    std::string damage;         // the first of them, and what is wrong with it
    base::BlockNo beyond;       // at the end: its next block, after one that no source has; 0: none
  };

  explicit Merge(std::vector<Source> sources);

  // The next block. Nothing at the end.
  base::Result<std::optional<base::Bytes>> next();
  const End& end() const { return end_; }  // of what was taken
  std::vector<Seen> seen() const;          // as the sources were given

 private:
  struct Reader {
    Seen seen;
    std::unique_ptr<Archive> archive;
    std::deque<Row> page;
    bool over = false;
  };
  struct Found {
    msg::Block block;
    base::Bytes bytes;
    const Reader* source = nullptr;
  };

  static std::optional<Found> find(Reader& source, base::BlockNo no);
  static void fill(Reader& source, base::BlockNo no);
  bool follows(const msg::Block& block) const;
  std::string last_taken_from() const;

  std::vector<Reader> sources_;
  End end_;
};

}  // namespace backup
