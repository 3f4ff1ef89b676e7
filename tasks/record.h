// Records: the requests of clients and the answers to them, in a file that a person can read. Each line is one JSON
// object:
//
//   {"client":3,"invoked":812,"returned":1904,"type":"lookup","request":{"item":2},"answer":{"item":{...}}}
//   {"client":3,"invoked":1999,"returned":2410,"type":"place","request":{...},"err":"out_of_stock","answer":{...}}
//   {"operations":2}
//
// `seq`, `stale_ok` and `stale_ms` of the headers are added if there are any. Times are nanoseconds of this machine's
// CLOCK_BOOTTIME. `request` and `answer` are the bodies of PROTOCOL 4 and 5; bytes are written as {"hex": "00ff"}. The
// last line ends the record. A record without it is refused: its recorder was killed, and the requests that were under
// way may have taken effect unseen.
//
// Bounds: the writer holds one buffer of 1 MiB; the file grows by about 400 bytes for each operation. Threads: none.
// Tests: tests/tasks/record_test.cpp, tests/process/test_history.py
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "client/core.h"
#include "history/operation.h"

namespace tasks {

class Recorder {
 public:
  static base::Result<Recorder> create(const std::string& file);

  // `invoked`: the time before the request was submitted. `returned`: the time when its answer came.
  void add(std::uint64_t client, base::Mono invoked, base::Mono returned, std::string_view type,
           const base::Bytes& request, const client::Answer& answer, std::optional<std::uint32_t> stale_ok_ms = {});
  // Ends the record. Call it when no request is under way. Returns false if the file is not complete, e.g. because the
  // disk is full.
  bool end();

 private:
  explicit Recorder(const std::string& file);

  std::unique_ptr<std::vector<char>> buffer_;
  std::ofstream out_;
  std::uint64_t operations_ = 0;
};

// Reads all files into one history, in which clients of different files are different. All records must come from one
// machine without a reboot in between.
base::Result<history::Operations> read_records(const std::vector<std::string>& files);
// Reads one record, for tests. `name`: the file's name for errors.
base::Result<history::Operations> read_record(std::istream& in, const std::string& name);

}  // namespace tasks
