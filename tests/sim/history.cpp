#include "tests/sim/history.h"

#include <map>

#include "base/check.h"
#include "ledger/command.h"
#include "msg/codec.h"
#include "msg/effects.h"

namespace sim {
namespace {

// The bound of the search. An unanswered write may have taken effect at any time, and many of them in any order.
constexpr std::uint64_t kWorkMax = 1'000'000;

history::Answer answer_of(const history::Request& request, const client::Answer& answer) {
  if (answer.refusal) return *answer.refusal;
  return std::visit(
      [&](const auto& asked) -> history::Answer {
        auto body = msg::decode<typename std::decay_t<decltype(asked)>::Reply>(answer.body);
        CHECK(body, "an answer that cannot be read: {}", body.error().message);
        return std::move(*body);
      },
      request);
}

void name_items(history::Request& request, const Reference& stream) {
  auto* add = std::get_if<msg::AddItems>(&request);
  const auto* effect = add ? stream.effect(add->key) : nullptr;
  const auto* added = effect ? std::get_if<msg::ItemsAdded>(&effect->event.what) : nullptr;
  if (!added || added->digest != ledger::request_digest(*add)) return;  // another request with this key made them
  for (std::size_t i = 0; i < add->items.size(); ++i) {
    auto& item = add->items[i];
    if (!item.id) item.id = added->items[i].id;
  }
}

// The lines of a request for all that remains, or for a whole hold, if it took effect.
template <class Event, class Request>
void name_lines(Request& request, const Reference& stream) {
  const auto* effect = request.lines ? nullptr : stream.effect(request.key);
  const auto* event = effect ? std::get_if<Event>(&effect->event.what) : nullptr;
  if (!event || event->digest != ledger::request_digest(request)) return;  // another request with this key did it
  request.lines.emplace();
  for (const auto& line : event->lines) request.lines->push_back({line.item, line.quantity});
}

void name_lines(history::Request& request, const Reference& stream) {
  if (auto* cancel = std::get_if<msg::Cancel>(&request)) name_lines<msg::OrderCancelled>(*cancel, stream);
  if (auto* confirm = std::get_if<msg::ConfirmHold>(&request)) name_lines<msg::HoldConfirmed>(*confirm, stream);
}

// The checker does not know the requests about subscriptions, so it is not told of the keys that took effect for them.
bool is_of_subscription(const Operation& operation, const Reference& stream) {
  const auto* effect = stream.effect(key_of(operation.request));
  return effect && msg::is_of_subscription(effect->event);
}

}  // namespace

history::Operations operations_of(const std::vector<Recorded>& recorded, const Reference& stream) {
  history::Operations operations;
  std::map<std::string, std::uint64_t> clients;
  for (const auto& each : recorded) {
    auto request = judged_by_history(each.operation.request);
    const bool is_known = request.has_value();
    // A client gives a request up by asking for the outcome of its key, which voids the key.
    if (const auto key = key_of(each.operation.request); !is_known && !key.empty()) request = msg::Outcome{key};
    if (!request || is_of_subscription(each.operation, stream)) continue;
    auto& operation = operations.emplace_back();
    operation.request = *request;
    operation.client = clients.try_emplace(each.operation.client, clients.size()).first->second;
    operation.invoked = each.operation.invoked.count();
    operation.stale_ok_ms = each.operation.options.stale_ok_ms;
    if (is_known && each.answer) {
      operation.returned = each.ended.count();
      operation.answer = answer_of(operation.request, *each.answer);
      operation.seq = each.answer->header.seq.value_or(base::Seq());
      operation.stale_ms = each.answer->header.stale_ms;
    }
    name_items(operation.request, stream);
    name_lines(operation.request, stream);
  }
  return operations;
}

SecondOpinion second_opinion(const std::vector<Recorded>& recorded, const Reference& stream) {
  const auto operations = operations_of(recorded, stream);
  history::Limits limits;
  limits.work_max = kWorkMax;
  const auto verdict = history::check(operations, limits);
  if (verdict.violations.empty()) return {std::nullopt, verdict.result == history::Result::kHolds};
  const auto& first = verdict.violations.front();
  auto text = fmt::format("G4 by the history checker: {}: {}", first.part, first.why);
  for (const auto index : first.operations) text += "\n      " + history::describe(operations[index], 0);
  return {text, true};
}

}  // namespace sim
