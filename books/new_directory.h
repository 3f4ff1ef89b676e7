// NewDirectory: a directory that a command either fills completely or leaves as it found it.
//
// The command makes its files in a working directory inside, and moves them to their places when all are complete. If
// the command is refused, the working directory is removed, and so is the whole directory if it was not there before.
// If the command is killed, the next command on the same directory removes the working directory.
// Errors: std::runtime_error with a line that says what to do. Threads: none.
#pragma once

#include <filesystem>
#include <string>

#include "process/own_directory.h"

namespace books {

class NewDirectory {
 public:
  // `making`: the name of the working directory. Throws if `directory` holds anything else (but lost+found).
  NewDirectory(const std::string& directory, const std::string& making);
  ~NewDirectory();
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  const std::filesystem::path& making() const { return making_; }
  // Moves `name` from the working directory to its place. The move is durable once the caller has synced the directory.
  void keep(const std::string& name) const;

 private:
  const std::filesystem::path directory_;
  const std::filesystem::path making_;
  process::Traces traces_;
};

}  // namespace books
