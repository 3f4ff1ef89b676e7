#include "order/appends.h"

#include <algorithm>

#include "base/check.h"
#include "msg/envelope.h"

namespace order {

void Appends::start(base::Epoch epoch) {
  epoch_ = epoch;
  unconfirmed_.clear();
  last_ = last_sent_ = {};
  bytes_ = events_ = 0;
  resend_after_ = kResendAfter;
  ignore_refusals_so_far();
}

void Appends::add(const msg::Event& event) {
  CHECK(epoch_, "only the writer appends");
  const std::string bytes = msg::encoded(event);
  const bool open = last_ > last_sent_ && unconfirmed_.back().count < kEventsMax &&
                    unconfirmed_.back().events.bytes.size() + bytes.size() <= kBytesTarget;
  if (!open) {
    last_ = last_.next();
    unconfirmed_.push_back({epoch_, last_, 0, 0, {}});
  }
  auto& append = unconfirmed_.back();
  append.events.bytes += bytes;
  ++append.count;
  append.at = event.at;
  bytes_ += bytes.size();
  ++events_;
}

void Appends::settle(const base::Endpoint& broker, base::Turn turn) {
  if (last_sent_ == last_) return;
  const auto first = unconfirmed_.end() - static_cast<std::ptrdiff_t>(last_.value() - last_sent_.value());
  for (auto append = first; append != unconfirmed_.end(); ++append) send(*append, broker, turn);
  last_sent_ = last_;
}

void Appends::confirm(base::ProducerNo last) {
  CHECK(last <= last_sent_, "producer={} was never sent, last={}", last, last_sent_);
  while (!unconfirmed_.empty() && unconfirmed_.front().producer <= last) {
    bytes_ -= unconfirmed_.front().events.bytes.size();
    events_ -= unconfirmed_.front().count;
    unconfirmed_.pop_front();
    resend_after_ = kResendAfter;
  }
}

void Appends::on_leader(const msg::Leadership& leader, const base::Endpoint& broker, base::Turn turn) {
  const bool new_term = term_ && leader.term > term_;
  term_ = std::max(term_, leader.term);
  if (new_term) ignore_refusals_so_far();  // those of an earlier term
  if (!epoch_ || leader.epoch != epoch_ || leader.term < term_ || leader.producer >= last_sent_) return;
  const bool silent = turn.now.mono - sent_at_ >= resend_after_;
  if (!new_term && !silent) return;
  resend_after_ = std::min(resend_after_ * 2, kResendAfterMax);
  resend(leader.producer.next(), broker, turn);
}

void Appends::on_skipped(std::uint64_t id, base::ProducerNo expected, const base::Endpoint& broker, base::Turn turn) {
  if (!is_news(id)) return;
  resend(expected, broker, turn);
}

void Appends::resend(base::ProducerNo from, const base::Endpoint& broker, base::Turn turn) {
  ignore_refusals_so_far();
  for (const auto& append : unconfirmed_) {
    if (append.producer < from || append.producer > last_sent_) continue;
    send(append, broker, turn);
    ++resent_;
  }
}

void Appends::send(const msg::Append& append, const base::Endpoint& broker, base::Turn turn) {
  msg::Header header;
  header.id = next_id_++;
  msg::append_request(turn.out.send(broker), header, append);
  sent_at_ = turn.now.mono;
}

}  // namespace order
