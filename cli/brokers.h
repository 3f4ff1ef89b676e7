// Brokers: asked for what the stream holds, by `replay` (PROTOCOL 6.2), as a follower asks them.
//
// Whichever of them answers and has come far enough. Threads: none.
#pragma once

#include <vector>

#include "client/client.h"
#include "msg/internal.h"

namespace cli {

class Brokers {
 public:
  // `patience`: how long one that does not answer, or is behind, is waited for.
  Brokers(std::vector<base::Endpoint> brokers, base::Duration patience);

  // Blocks that hold `from` and what follows it. None if no broker has come that far: `commit` says how far one has. A
  // refusal if none answers.
  client::Reply<msg::ReplayReply> replay(base::Seq from);

 private:
  client::Reply<msg::ReplayReply> ask(base::Seq from, std::size_t first);

  const base::Duration patience_;
  client::Client client_;
};

}  // namespace cli
