// history: everything that happened to one item, from the stream.
#include <map>

#include "base/notice.h"
#include "base/print.h"
#include "json/events.h"
#include "msg/internal.h"
#include "tasks/currency.h"
#include "tasks/item_history.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

// The labels of credentials. They are asked for when the first one is wanted; only an admin may read them.
class Labels {
 public:
  explicit Labels(client::Client& store) : store_(store) {}

  std::string of(const std::optional<base::Seq>& credential) {
    if (!credential) return {};
    if (!is_asked_) ask();
    const auto found = labels_.find(*credential);
    return found == labels_.end() ? std::string() : found->second;
  }

 private:
  void ask() {
    is_asked_ = true;
    msg::ListCredentials request;
    do {
      const auto reply = store_.call(request);
      if (reply.refusal) return;
      for (const auto& each : reply.body->credentials) labels_[each.id] = each.label;
      request.after = reply.body->next;
    } while (request.after);
  }

  client::Client& store_;
  bool is_asked_ = false;
  std::map<base::Seq, std::string> labels_;
};

class HistoryPrinter {
 public:
  HistoryPrinter(const Common& common, base::ItemId item, client::Client& store)
      : common_(common), store_(store), history_(item), labels_(store), json_{{"item", item.value()}} {}

  void begins(base::Seq seq) {
    json_["known_from"] = seq.value();
    base::notice("pygmy: the stream was trimmed: nothing is known of the item before seq {}\n", seq);
  }

  void print(const json::SeqEvent& event) {
    if (event.hidden) {
      ++hidden_;
      return;
    }
    const auto told = history_.take(event.id.seq, event.event);
    if (!told) return;
    const auto who = labels_.of(told->by);
    if (common_.json) {
      list_.push_back(to_json(*told, who));
      return;
    }
    if (!currency_) currency_ = shown_currency(store_);
    base::print("{}\n", text_of(*told, who, *currency_));
  }

  void end(base::Seq mark) {
    if (hidden_ > 0) {
      base::notice("pygmy: {} events of the store are not for this client, and some may be about this item\n", hidden_);
    }
    if (!common_.json) return;
    json_["events"] = std::move(list_);
    json_["seq"] = mark.value();
    print_json(json_);
  }

 private:
  const Common& common_;
  client::Client& store_;
  ItemHistory history_;
  Labels labels_;
  std::optional<Currency> currency_;
  Json json_;
  Json list_ = Json::array();
  std::uint64_t hidden_ = 0;
};

}  // namespace

int item_history(const Common& common, const HistoryTask& task) {
  auto store = common.connect();
  const auto item = store.call(msg::Lookup{.item = base::ItemId(task.item)});
  if (item.refusal) return complain(common, *item.refusal);
  HistoryPrinter printer(common, base::ItemId(task.item), store);
  std::optional<base::Seq> end;  // the watermark at the start, so that it ends also under load
  for (base::Seq next(1); !end || next <= *end;) {
    const auto reply = store.call(msg::Events{next, {}, {}, true});
    if (reply.refusal) return complain(common, *reply.refusal);
    const auto page = json::page_of(*reply, next);
    if (!page) return complain(common, {.code = msg::Code::kUnsupportedVersion, .message = page.error().message});
    if (!end) end = reply.body->mark;
    if (page->begins) printer.begins(*page->begins);
    for (const auto& event : page->events) {
      if (event.id.seq > *end) break;
      printer.print(event);
      next = event.id.seq.next();
    }
    if (page->events.empty() || page->events.back().id.seq > *end) break;
  }
  printer.end(*end);
  return kDone;
}

}  // namespace tasks
