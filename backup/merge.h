// Merge: makes one stream from several archives of it.
//
// Archives of one stream agree wherever they have the same block. Each may begin late (it was trimmed), end early, or
// have damaged blocks, which another archive must then have. The merge takes the stream from block 1 on, each block
// after the one that it names, as far as any archive reaches.
//
// Archives that do not agree belong to different histories, or to different stores. Only a person can know which of
// them is the right one, so this is an error that names the block and the two archives.
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
  // The part of a source that has been read.
  struct Seen {
    std::string name;
    base::BlockNo begins;       // its first block; 0: it has none
    base::BlockNo taken;        // its last block that is in the merged stream; 0: none
    std::uint64_t damaged = 0;  // blocks that were not taken from it; those in a row that cannot be read are one
    std::string damage;         // the first of them, and its fault
    base::BlockNo beyond;       // at the end: its next block, after one that no source has; 0: none
  };

  explicit Merge(std::vector<Source> sources);

  // The next block; nothing at the end.
  base::Result<std::optional<base::Bytes>> next();
  const End& end() const { return end_; }  // of the merged stream
  std::vector<Seen> seen() const;          // in the order of the sources

 private:
  struct Reader {
    Seen seen;
    std::unique_ptr<Archive> archive;
    std::deque<Row> page;
    bool over = false;
    bool failed = false;  // the last attempt to read a page
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
