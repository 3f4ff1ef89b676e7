#include "client/handover.h"

#include <utility>

namespace client {

Handover::Handover(Config config, Deliver deliver, std::shared_ptr<const frontend::Mirror> mirror)
    : Core(std::move(config)), deliver_(std::move(deliver)), mirror_(std::move(mirror)) {}

bool Handover::hand_over(std::string_view type, bool is_write, base::Bytes body, const Options& options, Done done) {
  const auto bytes = body.size();
  const auto requests = under_way_.fetch_add(1);
  const auto bytes_before = under_way_bytes_.fetch_add(bytes);
  if (requests >= kUnderWayMax || bytes_before + bytes > kUnderWayBytesMax) {
    forget(bytes);
    return false;
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = pending_.empty();
    pending_.push_back({type, is_write, std::move(body), options, std::move(done)});
  }
  if (first) wake_.raise();
  return true;
}

std::optional<Answer> Handover::find(std::string_view type, base::BytesView body, const Options& options) const {
  const bool has_token = options.token && !options.token->empty();
  if (!mirror_ || options.fresh || options.trace || has_token) return std::nullopt;
  frontend::Mirror::Look look(*mirror_);
  if (!look.take(frontend::cache_key(type, msg::Header{}.v, body))) return std::nullopt;
  const auto kept = look.answer(base::BootClock::now());
  if (!kept) return std::nullopt;
  Answer answer;
  answer.header.seq = kept->seq;
  answer.body = kept->body;
  return answer;
}

void Handover::take(base::Turn turn) {
  wake_.clear();
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken_, pending_);
  }
  for (auto& [type, is_write, body, options, done] : taken_) {
    const auto bytes = body.size();
    submit(type, is_write, std::move(body), options, turn, [this, bytes, done = std::move(done)](const Answer& answer) {
      forget(bytes);
      ended_.push_back({done, answer});
    });
  }
  taken_.clear();
}

void Handover::on_settled(base::Turn turn) {
  Core::on_settled(turn);
  if (!ended_.empty()) deliver_(std::exchange(ended_, {}));
}

void Handover::forget(std::size_t bytes) {
  --under_way_;
  under_way_bytes_ -= bytes;
}

}  // namespace client
