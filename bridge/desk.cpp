#include "bridge/desk.h"

#include <algorithm>
#include <utility>

namespace bridge {
namespace {

WebhookState state_of(const Hook& hook) {
  if (!hook.webhook) return WebhookState::kStarting;
  switch (hook.webhook->state()) {
    case Webhook::State::kDelivering:
      return WebhookState::kDelivering;
    case Webhook::State::kFailing:
      return WebhookState::kFailing;
    case Webhook::State::kDisabled:
      return WebhookState::kDisabled;
  }
  return WebhookState::kStarting;
}

}  // namespace

void Desk::stream_ends_at(msg::Seq end) {
  const std::lock_guard lock(mutex_);
  end_ = end;
}

void Desk::on_change(Changed changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

Hook* Desk::find(std::string_view name) {
  const auto found = std::find_if(hooks_.begin(), hooks_.end(), [&](const Hook& hook) { return hook.name == name; });
  return found == hooks_.end() ? nullptr : &*found;
}

void Desk::arrange(std::vector<Hook> hooks) {
  const std::lock_guard lock(mutex_);
  for (auto& hook : hooks) {
    auto* former = find(hook.name);
    if (!former) continue;
    former->receiver = std::move(hook.receiver);
    former->types = std::move(hook.types);
    hook = std::move(*former);
  }
  hooks_ = std::move(hooks);
}

template <class Act>
auto Desk::change(std::string_view name, Act act) {
  std::optional<Letter> removed;
  decltype(act(hooks_[0], removed)) answer{};
  Changed changed;
  {
    const std::lock_guard lock(mutex_);
    if (auto* hook = find(name)) answer = act(*hook, removed);
    if (!answer) return answer;
    changed = changed_;
  }
  if (changed) changed(std::string(name), std::move(removed));
  return answer;
}

WebhookAnswer Desk::shown(const Hook& hook, base::Now now) const {
  WebhookAnswer answer{.name = hook.name,
                       .receiver = hook.receiver,
                       .types = hook.types,
                       .state = state_of(hook),
                       .delivered = hook.delivered,
                       .failed = hook.failed};
  if (hook.last_status) answer.last_status = *hook.last_status;
  answer.last_at = hook.last_at;
  if (!hook.fault.empty()) answer.fault = hook.fault;
  if (!hook.webhook) return answer;
  const auto& webhook = *hook.webhook;
  answer.cursor = webhook.cursor();
  answer.lag = end_ > webhook.cursor() ? end_.value() - webhook.cursor().value() : 0;
  answer.dead_letters = webhook.dead().size();
  if (webhook.state() == Webhook::State::kFailing) {
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(webhook.not_before() - now.mono);
    answer.next_try = now.wall + std::max<std::int64_t>(0, wait.count());
  }
  return answer;
}

WebhooksAnswer Desk::list(base::Now now) const {
  const std::lock_guard lock(mutex_);
  WebhooksAnswer answer;
  for (const auto& hook : hooks_) answer.webhooks.push_back(shown(hook, now));
  return answer;
}

std::optional<WebhookAnswer> Desk::enable(std::string_view name, base::Now now) {
  return change(name, [&](Hook& hook, auto&) {
    hook.enable_when_known = !hook.webhook;
    if (hook.webhook) hook.webhook->enable();
    return std::optional(shown(hook, now));
  });
}

std::optional<DeadLettersAnswer> Desk::dead(std::string_view name, msg::Seq after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const auto* hook = find(name);
  if (!hook) return std::nullopt;
  DeadLettersAnswer answer;
  if (!hook->webhook) return answer;
  const auto& dead = hook->webhook->dead();
  std::size_t bytes = 0;
  for (auto each = dead.upper_bound(after); each != dead.end(); ++each) {
    const auto& letter = each->second;
    bytes += letter.body.size();
    if (!answer.letters.empty() && (answer.letters.size() >= limit || bytes > kPageBytesMax)) {
      answer.next = answer.letters.back().seq;
      break;
    }
    answer.letters.push_back({letter.seq, letter.id, letter.body});
  }
  return answer;
}

bool Desk::is_starting(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto* hook = find(name);
  return hook && !hook->webhook;
}

std::optional<std::uint64_t> Desk::redeliver(std::string_view name, std::optional<msg::Seq> seq) {
  return change(name, [&](Hook& hook, auto&) -> std::optional<std::uint64_t> {
    auto& webhook = hook.webhook;
    if (seq) return webhook && webhook->redeliver(*seq) ? std::optional(std::uint64_t{1}) : std::nullopt;
    std::uint64_t count = 0;
    for (; webhook && !webhook->dead().empty(); ++count) webhook->redeliver(webhook->dead().begin()->first);
    return count;
  });
}

bool Desk::remove(std::string_view name, msg::Seq seq) {
  return change(name, [&](Hook& hook, std::optional<Letter>& removed) {
    if (!hook.webhook) return false;
    const auto letter = hook.webhook->dead().find(seq);
    if (letter == hook.webhook->dead().end()) return false;
    removed = letter->second;
    return hook.webhook->remove_dead(seq);
  });
}

}  // namespace bridge
