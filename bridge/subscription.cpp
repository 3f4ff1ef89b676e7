#include "bridge/subscription.h"

namespace bridge {

Subscription::Subscription(EventStream wanted)
    : filter_(std::move(wanted.filter)), next_(wanted.from), seen_(std::move(wanted.seen)) {
  if (!seen_) return;
  next_ = seen_->seq.next();
  if (seen_->tag.empty()) seen_.reset();  // an id without a tag names a place in any history
}

std::optional<msg::Seq> Subscription::read(const Feed& feed, base::Mono now, std::string& out) {
  if (!feed.begun()) return std::nullopt;
  if (history_.value_or(feed.history()) != feed.history()) {
    history_ = feed.history();
    reset(feed, out);
    return std::nullopt;
  }
  history_ = feed.history();
  if (!next_) next_ = feed.next();
  if (is_ahead(feed, now, out)) return std::nullopt;
  const auto wanted = seen_ ? seen_->seq : *next_;
  if (!feed.holds(wanted)) return wanted;
  if (seen_) check_seen(feed.at(seen_->seq).id, feed, out);
  while (*next_ < feed.next() && out.size() < kPieceBytes) take(feed.at(*next_), out);
  return std::nullopt;
}

void Subscription::take(const FeedEvent& event, std::string& out) {
  place_told_ = filter_.passes(event);
  if (place_told_) out += filter_.text_of(event);
  last_ = event.id;
  next_ = event.id.seq.next();
}

// Waits for a place beyond the end of the stream, for at most kAheadWait; then the subscriber is reset.
bool Subscription::is_ahead(const Feed& feed, base::Mono now, std::string& out) {
  if (*next_ <= feed.next()) {
    ahead_since_.reset();
    return false;
  }
  if (!ahead_since_) ahead_since_ = now;
  if (now >= *ahead_since_ + kAheadWait) reset(feed, out);
  return true;
}

void Subscription::check_seen(const json::EventId& there, const Feed& feed, std::string& out) {
  const auto seen = *std::exchange(seen_, std::nullopt);
  if (there != seen) reset(feed, out);
}

void Subscription::on_page(const Feed& feed, const Puller::Page& page, std::string& out) {
  if (history_.value_or(feed.history()) != feed.history()) return;  // read() resets the subscriber
  if (page.begins) {
    seen_.reset();
    return reset_to({msg::Seq(page.begins->value() - 1), {}}, out);
  }
  if (page.events.empty()) return;  // no frontend answered, or the stream ends here: read() will ask again
  if (seen_) {
    check_seen(page.events.front()->id, feed, out);
    if (!out.empty()) return;
  }
  for (const auto& event : page.events) {
    if (event->id.seq == *next_) take(*event, out);
  }
}

void Subscription::tell_place(std::string& out) {
  if (place_told_) return;
  out += fmt::format("id: {}\n\n", last_.text());
  place_told_ = true;
}

void Subscription::reset(const Feed& feed, std::string& out) {
  seen_.reset();
  reset_to(feed.last().id, out);
}

void Subscription::reset_to(json::EventId last, std::string& out) {
  ahead_since_.reset();
  next_ = last.seq.next();
  out += fmt::format("id: {}\nevent: reset\ndata: {{\"seq\":{}}}\n\n", last.text(), last.seq);
  place_told_ = true;
  last_ = std::move(last);
}

}  // namespace bridge
