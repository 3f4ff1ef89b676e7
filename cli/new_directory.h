// NewDirectory: a directory that a command fills, or leaves as it found it.
//
// What is made lies in a directory inside it until all is there. If the command is refused, it goes, and the whole
// directory with it if it was not there before; if the command is killed, the next one on the same directory removes
// it.
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <filesystem>
#include <string>

#include "cli/own_directory.h"

namespace cli {

class NewDirectory {
 public:
  // `making`: the name of the directory inside. Refused if there is anything else in `directory` (but lost+found).
  NewDirectory(const std::string& directory, const std::string& making);
  ~NewDirectory();
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  const std::filesystem::path& making() const { return making_; }
  // Gives `name`, which was made, its place in the directory; durable once the directory is flushed.
  void keep(const std::string& name) const;

 private:
  const std::filesystem::path directory_;
  const std::filesystem::path making_;
  Traces traces_;
};

}  // namespace cli
