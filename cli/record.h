// Records: what clients asked and were told, as a file that a person can read. One JSON object a line:
//
//   {"client":3,"invoked":812,"returned":1904,"type":"lookup","request":{"item":2},"answer":{"item":{...}}}
//   {"client":3,"invoked":1999,"returned":2410,"type":"place","request":{...},"err":"out_of_stock","answer":{...}}
//   {"operations":2}
//
// With `seq`, `stale_ok` and `stale_ms` of the headers, where there are any. Times are nanoseconds of this machine's
// CLOCK_BOOTTIME, `request` and `answer` the bodies of PROTOCOL 4 and 5; bytes are written as {"hex": "00ff"}. The last
// line ends the record: what was under way when a recorder was killed may have happened, and nobody could know, so a
// record without its end is refused.
//
// Bounds: the writer holds one buffer, and the file grows by about 400 bytes for an operation. Threads: none.
// Tests: tests/cli/record_test.cpp, tests/process/test_history.py
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "client/core.h"
#include "history/operation.h"

namespace cli {

class Recorder {
 public:
  static base::Result<Recorder> create(const std::string& file);

  // `invoked` is taken before the request is submitted, `returned` when its answer is there.
  void add(std::uint64_t client, base::Mono invoked, base::Mono returned, std::string_view type,
           const base::Bytes& request, const client::Answer& answer, std::optional<std::uint32_t> stale_ok_ms = {});
  // Nothing is under way any more. False: the file is not whole, the disk is full perhaps.
  bool end();

 private:
  explicit Recorder(const std::string& file);

  std::unique_ptr<std::vector<char>> buffer_;
  std::ofstream out_;
  std::uint64_t operations_ = 0;
};

// All files together; a client of one is not a client of another. They must be of one machine since it was started.
base::Result<history::Operations> read_records(const std::vector<std::string>& files);
// One record, for tests; `name` is for errors.
base::Result<history::Operations> read_record(std::istream& in, const std::string& name);

}  // namespace cli
