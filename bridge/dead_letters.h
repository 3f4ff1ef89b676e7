// DeadLetters: the files of one webhook in the data directory of a bridge.
//
//   DIRECTORY/SEQ-TAG.json  a dead letter: its body, under its id; operators may read it
//   DIRECTORY/state.json    {"cursor":SEQ,"disabled":true}: up to where the subscription was acknowledged last, for the
//                           case that the store drops it, and whether the receiver is gone
//
// There is never a part of a file (disk::write_whole). Only its owner can enter the directory, because events tell of
// customers.
// Errors: std::runtime_error with the file and the system's message. Threads: any one.
// Tests: tests/bridge/dead_letters_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/webhook.h"

namespace bridge {

class DeadLetters {
 public:
  struct State {
    msg::Seq cursor;
    bool disabled = false;
  };

  // Makes the directory if it is missing.
  explicit DeadLetters(std::string directory);

  // All letters ascending by seq. Skips a file that is none, and logs it.
  std::vector<Letter> read() const;
  void put(const Letter& letter) const;  // it is on stable storage afterwards
  void remove(const Letter& letter) const;

  std::optional<State> state() const;  // nothing also if it cannot be read
  // `synced`: it is on stable storage afterwards.
  void put_state(const State& state, bool synced) const;

 private:
  std::string path_of(const Letter& letter) const { return directory_ + "/" + letter.id + ".json"; }

  std::string directory_;
};

}  // namespace bridge
