#include "bridge/span_queue.h"

#include <algorithm>
#include <utility>

namespace bridge {
namespace {

bool may_pass(unsigned status) { return status == 429 || status == 502 || status == 503 || status == 504; }

}  // namespace

void SpanQueue::add(SpanText spans, base::Mono now) {
  if (waiting_.empty()) first_at_ = now;
  figures_.waiting_bytes += spans.text.size();
  waiting_.push_back(std::move(spans));
  while (figures_.waiting_bytes > kBytesMax && !waiting_.empty()) {
    drop(waiting_.front());
    waiting_.pop_front();
  }
}

std::optional<base::Mono> SpanQueue::due() const {
  if (under_way_ || is_empty()) return std::nullopt;
  if (batch_ || hurries_ || figures_.waiting_bytes >= kBatchBytes) return not_before_;
  return std::max(not_before_, first_at_ + kWait);
}

std::optional<std::string> SpanQueue::take(base::Mono now) {
  const auto when = due();
  if (!when || now < *when) return std::nullopt;
  if (!batch_) {
    batch_.emplace();
    while (!waiting_.empty() && batch_->text.size() < kBatchBytes) {
      auto& next = waiting_.front();
      if (!batch_->text.empty()) batch_->text += ',';
      batch_->text += next.text;
      batch_->spans += next.spans;
      figures_.waiting_bytes -= next.text.size();
      waiting_.pop_front();
    }
    figures_.waiting_bytes += batch_->text.size();
    first_at_ = now;
  }
  under_way_ = true;
  return batch_->text;
}

bool SpanQueue::ended(std::optional<unsigned> status, std::optional<base::Duration> retry_after, base::Mono now) {
  under_way_ = false;
  if (status && *status >= 200 && *status < 300) {
    figures_.sent += batch_->spans;
    figures_.waiting_bytes -= batch_->text.size();
    batch_.reset();
    pause_ = {};
    return true;
  }
  ++figures_.failed;
  pause_ = std::clamp(pause_ * 2, kPauseMin, kPauseMax);
  not_before_ = now + std::max(pause_, std::min(retry_after.value_or(base::Duration()), kPauseMax));
  if (hurries_) not_before_ = now;
  if (hurries_ || (status && !may_pass(*status))) {
    drop(*batch_);
    batch_.reset();
  }
  return false;
}

void SpanQueue::hurry() {
  hurries_ = true;
  not_before_ = {};
}

void SpanQueue::drop(const SpanText& spans) {
  figures_.waiting_bytes -= spans.text.size();
  figures_.dropped += spans.spans;
}

}  // namespace bridge
