// Brokers: asks the brokers of a store for blocks by `replay` (PROTOCOL 6.2), as a follower does.
//
// Any broker that answers and has the blocks is accepted. Threads: none.
#pragma once

#include <vector>

#include "client/client.h"
#include "msg/internal.h"

namespace books {

// How a client asks brokers.
client::Config asking(std::vector<base::Endpoint> brokers, base::Duration timeout);

class Brokers {
 public:
  // `patience`: how long to wait for a broker that does not answer or is behind.
  Brokers(std::vector<base::Endpoint> brokers, base::Duration patience);

  // Returns the block that holds `from` and blocks after it. If no broker has `from`, the reply has no blocks, and
  // `commit` is the last seq of one of the brokers. If no broker answers, the reply is a refusal.
  client::Reply<msg::ReplayReply> replay(base::Seq from);

 private:
  client::Reply<msg::ReplayReply> ask(base::Seq from, std::size_t first);

  const base::Duration patience_;
  client::Client client_;
};

}  // namespace books
