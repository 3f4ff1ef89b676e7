#include "tests/sim/plain_client.h"

namespace sim {

msg::Header PlainClient::begin(bool is_write, const client::Options& options, base::Now now, Done done) {
  const auto timeout = options.timeout == base::Duration{} ? timeout_ : options.timeout;
  const auto id = ++last_id_;
  waiting_[id] = {is_write, now.mono, now.mono + timeout, std::move(done)};
  msg::Header header;
  header.id = id;
  header.ttl = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  header.stale_ok = options.stale_ok_ms;
  if (options.fresh) header.fresh = true;
  return header;
}

void PlainClient::on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) {
  for (msg::FrameReader reader(frame); !reader.done();) {
    const auto message = reader.next();
    if (!message) return;
    client::Answer answer;
    answer.header = message->header;
    answer.frontend = from;
    answer.body = message->body;
    if (message->header.err) {
      auto refusal = msg::decode_refusal(*message);
      if (!refusal) return;
      answer.refusal = std::move(*refusal);
    }
    end(message->header.id, std::move(answer), turn.now);
  }
}

void PlainClient::on_tick(base::Turn turn) {
  std::vector<std::uint64_t> over;
  for (const auto& [id, waiting] : waiting_) {
    if (turn.now.mono >= waiting.deadline) over.push_back(id);
  }
  for (const auto id : over) {
    client::Answer answer;
    answer.refusal = msg::Refusal{.code = waiting_.at(id).is_write ? msg::Code::kUnknown : msg::Code::kUnavailable,
                                  .message = "nobody answered in time"};
    end(id, std::move(answer), turn.now);
  }
}

// Removes the request first, because `done` may submit the next one.
void PlainClient::end(std::uint64_t id, client::Answer answer, base::Now now) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;  // a late or repeated answer
  const auto waiting = std::move(found->second);
  waiting_.erase(found);
  answer.took = now.mono - waiting.begun;
  if (waiting.done) waiting.done(answer);
}

}  // namespace sim
