// import.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "base/notice.h"
#include "base/print.h"
#include "base/random.h"
#include "msg/currency.h"
#include "tasks/catalogue_file.h"
#include "tasks/currency.h"
#include "tasks/details.h"
#include "tasks/interruption.h"
#include "tasks/item_history.h"
#include "tasks/output.h"
#include "tasks/places.h"
#include "tasks/tasks.h"
#include "tasks/terms.h"
#include "tasks/update.h"

namespace tasks {
namespace {

constexpr std::size_t kChunksUnderWay = 8;

class ImportProgress {
 public:
  explicit ImportProgress(std::size_t total) : total_(total), shown_(isatty(STDERR_FILENO) == 1) {}
  ~ImportProgress() {
    if (shown_) base::notice("\r\033[K");
  }
  void show(std::size_t done) const {
    if (!shown_) return;
    constexpr std::size_t kWidth = 40;
    const auto filled = total_ == 0 ? kWidth : done * kWidth / total_;
    base::notice("\r[{}{}] {} of {} items\033[K", std::string(filled, '='), std::string(kWidth - filled, ' '), done,
                 total_);
  }

 private:
  std::size_t total_;
  bool shown_;
};

// The keys of a load are derived from the catalogue. So a second run continues an interrupted load, and changes nothing
// after a finished one.
class Loading {
 public:
  Loading(const Catalogue& all, std::string key_prefix) : catalogue(all), prefix(std::move(key_prefix)) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < catalogue.items.size(); ++i) {
      const auto more = msg::details_bytes(catalogue.items[i]);
      const bool fits =
          !begins_.empty() && i - begins_.back() < msg::kItemsAddedMax && bytes + more <= msg::kAddedDetailsBytesMax;
      if (!fits) begins_.push_back(i);
      bytes = fits ? bytes + more : more;
    }
  }

  const Catalogue& catalogue;
  const std::string prefix;

  std::size_t chunks() const { return begins_.size(); }
  std::size_t begin(std::size_t number) const { return begins_[number]; }
  std::string key(std::size_t number) const { return fmt::format("{}-{}", prefix, number); }
  msg::AddItems chunk(std::size_t number) const {
    msg::AddItems request;
    request.key = key(number);
    const auto begin = catalogue.items.begin() + static_cast<std::ptrdiff_t>(begins_[number]);
    const bool is_last = number + 1 == begins_.size();
    const auto end =
        is_last ? catalogue.items.end() : catalogue.items.begin() + static_cast<std::ptrdiff_t>(begins_[number + 1]);
    request.items.assign(begin, end);
    return request;
  }

 private:
  std::vector<std::size_t> begins_;  // of the chunks
};

base::Result<Catalogue> read_file(const std::string& file, const Prices& prices) {
  if (file == "-") return read_catalogue(std::cin, "standard input", prices);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return base::fail(file + ": is a directory: name a file");
  std::ifstream in(file);
  if (!in) return base::fail(fmt::format("{}: cannot be read: does it exist, and may this user read it?", file));
  return read_catalogue(in, file, prices);
}

// Fills `taken` with the items of the store that have ids of the file. Returns the last answer, whose seq tells how far
// the store is.
client::Reply<msg::ItemsReply> find_taken(client::Client& store, const Catalogue& catalogue, ItemsById& taken,
                                          const Interruption& interruption) {
  std::set<base::ItemId> wanted;
  for (const auto& item : catalogue.items) {
    if (item.id) wanted.insert(*item.id);
  }
  if (wanted.empty()) return store.call(msg::Search{.limit = 1});
  client::Reply<msg::ItemsReply> page;
  msg::Search request;
  request.after = base::ItemId(wanted.begin()->value() - 1);
  request.limit = msg::kPageMax;
  request.retired = true;
  do {
    page = store.call(request);
    if (page.refusal) return page;
    for (const auto& item : page.body->items) {
      if (wanted.count(item.id) != 0) taken.emplace(item.id, item);
    }
    request.after = page.body->next;
  } while (page.body->next && *page.body->next < *wanted.rbegin() && !interruption.came());
  return page;
}

int interrupted() {
  base::notice("pygmy: interrupted; the same command goes on with what is left\n");
  return kUnknown;
}

struct Sent {
  std::optional<msg::Refusal> refusal;
  std::string refused_key;
  base::Seq last;         // the greatest seq that an answer revealed
  std::size_t items = 0;  // that are loaded
};

// Sends the chunks, several at a time, until one is refused or an interruption comes.
Sent send_chunks(client::Client& store, const Loading& load, const Interruption* interruption) {
  const ImportProgress progress(load.catalogue.items.size());
  Sent sent;
  std::size_t next = 0;
  std::size_t done = 0;
  const auto goes_on = [&] {
    return next < load.chunks() && !sent.refusal && (interruption == nullptr || !interruption->came());
  };
  while (done < next || goes_on()) {
    while (goes_on() && next - done < kChunksUnderWay) {
      const auto chunk = load.chunk(next++);
      store.submit(chunk, {.timeout = std::chrono::seconds(30)},
                   [&, key = chunk.key, size = chunk.items.size()](const client::Answer& answer) {
                     ++done;
                     if (!answer.refusal) sent.items += size;
                     sent.last = std::max(sent.last, answer.header.seq.value_or(base::Seq()));
                     if (answer.refusal && !sent.refusal) {
                       sent.refusal = answer.refusal;
                       sent.refused_key = key;
                     }
                     progress.show(sent.items);
                   });
    }
    const auto before = done;
    store.run_until([&] { return done > before; });
  }
  return sent;
}

// `before`: the seq that the store revealed before the load. If no answer reveals a later seq, everything had been
// loaded earlier.
int load(const Common& common, client::Client& store, const Loading& load, const std::string& file, base::Seq before,
         const Interruption* interruption = nullptr) {
  const auto sent = send_chunks(store, load, interruption);
  const auto items = load.catalogue.items.size();
  if (sent.items < items) {
    base::notice("pygmy: {} of the {} items of {} are loaded; the same command loads the others\n", sent.items, items,
                 file);
  }
  if (sent.refusal) return complain(common, *sent.refusal, sent.refused_key);
  if (sent.items < items) return kUnknown;
  for (const auto& item : load.catalogue.items) {
    auto edit = item.id ? edit_of_new(load.catalogue, *item.id) : std::nullopt;
    if (!edit) continue;
    if (interruption != nullptr && interruption->came()) return interrupted();
    edit->key = fmt::format("{}-edit-{}", load.prefix, *item.id);
    const auto reply = store.call(*edit);
    if (reply.refusal) return complain(common, *reply.refusal, edit->key);
  }
  for (const auto& transfer : transfers_of_new(load.catalogue, load.prefix)) {
    if (interruption != nullptr && interruption->came()) return interrupted();
    const auto reply = store.call(transfer);
    if (reply.refusal) return complain(common, *reply.refusal, transfer.key);
  }
  if (common.json) {
    print_json({{"file", file}, {"items", items}});
  } else if (items == 0) {
    base::print("{} has no items\n", file);
  } else if (sent.last > before) {
    base::print("{} items loaded from {}\n", items, file);
  } else {
    base::print("the store already has the {} items of {}\n", items, file);
  }
  return kDone;
}

// Items that the store already has may come from an earlier run of the same load. Then they are whole chunks, and
// find_other() sends these chunks again, which changes nothing. Returns the refusal that forbids the load:
// `item_exists` if the items come from elsewhere. Ends at an interruption.
Sent find_other(client::Client& store, const Loading& load, const ItemsById& taken, const Interruption& interruption) {
  const ImportProgress progress(load.catalogue.items.size());
  for (std::size_t number = 0; number < load.chunks() && !interruption.came(); ++number) {
    const auto chunk = load.chunk(number);
    progress.show(load.begin(number));
    const auto there = std::count_if(chunk.items.begin(), chunk.items.end(),
                                     [&](const msg::NewItem& item) { return item.id && taken.count(*item.id) != 0; });
    if (there == 0) continue;
    const bool whole = there == static_cast<std::ptrdiff_t>(chunk.items.size());
    auto refusal = whole ? store.call(chunk).refusal : msg::Refusal{.code = msg::Code::kItemExists};
    if (refusal) return {.refusal = std::move(refusal), .refused_key = chunk.key};
  }
  return {};
}

// The values of an item that differ, each as it is in the store and as it becomes.
std::vector<ValueChange> differences(const UpdatePlan::Change& change) {
  std::vector<ValueChange> all;
  const auto compare = [&](std::string_view name, const ItemValue& is, const ItemValue& wanted) {
    if (is != wanted) all.push_back({name, is, wanted});
  };
  const auto& [is, wanted] = change;
  compare("title", is.title, wanted.title);
  compare("topic", is.topic, wanted.topic);
  compare("price", is.price, wanted.price);
  compare("stock", is.stock, wanted.stock);
  compare("retired", msg::is_retired(is), msg::is_retired(wanted));
  compare("terms", cell_of(is.terms.value_or(msg::Terms{})), cell_of(wanted.terms.value_or(msg::Terms{})));
  compare("places", places_cell(is.places), places_cell(wanted.places));
  compare("description", is.description.value_or(""), wanted.description.value_or(""));
  compare("topics", topics_cell(is.topics), topics_cell(wanted.topics));
  compare("attributes", attributes_cell(is.attributes), attributes_cell(wanted.attributes));
  compare("low", low_cell(is), low_cell(wanted));
  return all;
}

Json to_json(const UpdatePlan::Change& change) {
  Json json{{"id", change.item.id.value()}};
  for (const auto& [name, is, becomes] : differences(change)) {
    json[std::string(name)] = {{"is", json_of(*is)}, {"becomes", json_of(becomes)}};
  }
  return json;
}

int tell_plan(const Common& common, const UpdatePlan& plan, const std::string& file, const Currency& currency) {
  if (common.json) {
    Json json{{"file", file}, {"to_add", plan.to_add.size()}, {"to_change", Json::array()}, {"same", plan.same}};
    for (const auto& change : plan.to_change) json["to_change"].push_back(to_json(change));
    print_json(json);
    return kDone;
  }
  for (const auto& change : plan.to_change)
    base::print("item {}: {}\n", change.item.id, text_of(differences(change), currency));
  base::print("{} items to add, {} to change, {} as they are\n", plan.to_add.size(), plan.to_change.size(), plan.same);
  return kDone;
}

// Changes the items that are there and differ, and adds those that are new.
int update(const Common& common, client::Client& store, Catalogue catalogue, const std::string& file,
           const Currency& currency, bool dry_run, const Interruption& interruption) {
  ItemsById there;
  if (const auto page = find_taken(store, catalogue, there, interruption); page.refusal)
    return complain(common, *page.refusal);
  if (interruption.came()) return interrupted();
  auto plan = plan_update(catalogue, there, file);
  if (!plan) return usage_error(plan.error().message);
  if (dry_run) return tell_plan(common, *plan, file, currency);
  catalogue.items = std::move(plan->to_add);  // the store has the others
  const auto sent = send_chunks(store, Loading(catalogue, base::new_key()), &interruption);
  Changed changed;
  bool is_left = false;  // something that an interruption keeps from being written
  const auto stops = [&] { return is_left = is_left || interruption.came(); };
  for (const auto& edit : plan->to_edit) {
    if (sent.refusal || stops()) break;
    if (const auto reply = store.call(edit); reply.refusal) return complain(common, *reply.refusal, edit.key);
  }
  if (!sent.refusal) {
    for (const auto& transfer : transfers_of_new(catalogue, base::new_key())) {
      if (stops()) break;
      if (const auto reply = store.call(transfer); reply.refusal) return complain(common, *reply.refusal, transfer.key);
    }
    const ImportProgress progress(plan->to_change.size());
    changed = write_changes(store, *plan, interruption, [&](std::size_t done) { progress.show(done); });
  }
  if (common.json) {
    print_json({{"file", file}, {"added", sent.items}, {"changed", changed.items}, {"same", plan->same}});
  } else {
    base::print("{} items added, {} changed, {} as they were\n", sent.items, changed.items, plan->same);
  }
  if (sent.refusal) return complain(common, *sent.refusal, sent.refused_key);
  if (!changed.refusal) {
    is_left = is_left || sent.items < catalogue.items.size() || changed.items < plan->to_change.size();
    return is_left ? interrupted() : kDone;
  }
  const auto code = complain(common, *changed.refusal, changed.refused_key);
  for (auto change : plan->to_change) {
    if (change.item.id != changed.refused.id) continue;
    change.item = changed.refused;
    base::notice("pygmy: item {} was not changed as a whole; this differs still: {}\n", change.item.id,
                 text_of(differences(change), currency));
  }
  base::notice("pygmy: when that is mended, the same import goes on with the items that differ still\n");
  return code;
}

std::string lacks_stock(const std::string& file) {
  return file + ":1: the first line has no column 'stock': only --update does without it";
}

}  // namespace

int import_file(const Common& common, const ImportTask& task) {
  const auto file = task.file == "-" ? std::string("standard input") : task.file;
  auto store = common.connect();
  Prices prices{msg::currency_of(task.currency)};
  const bool asks_store = !task.dry_run || task.update;
  if (asks_store) {
    const auto of_store = ask_currency(store);
    if (of_store.refusal) return complain(common, *of_store.refusal);
    if (prices.currency && prices.currency != of_store.currency) {
      return usage_error(fmt::format("--currency {}: the store has {}; nothing was loaded", task.currency,
                                     of_store.currency ? of_store.currency->code : "no currency"));
    }
    prices = {of_store.currency, true};
  }
  auto catalogue = read_file(task.file, prices);
  if (!catalogue) return usage_error(catalogue.error().message);
  if (!task.update && !catalogue->tells_stock) return usage_error(lacks_stock(file));
  if (!asks_store) {
    base::print("{} items in {}, no faults\n", catalogue->items.size(), file);
    return kDone;
  }
  const Interruption interruption;
  if (task.update)
    return update(common, store, std::move(*catalogue), file, prices.currency, task.dry_run, interruption);
  const Loading loading{*catalogue, "import-" + catalogue->fingerprint};
  ItemsById taken;
  const auto page = find_taken(store, *catalogue, taken, interruption);
  if (page.refusal) return complain(common, *page.refusal);
  if (const auto other = find_other(store, loading, taken, interruption); other.refusal) {
    if (!msg::is_business(other.refusal->code)) return complain(common, *other.refusal, other.refused_key);
    return complain(common,
                    {.code = msg::Code::kItemExists,
                     .message = fmt::format("{}: the store already has item {} ({} such items); nothing was loaded; "
                                            "--update gives them the values of the file",
                                            file, taken.begin()->first, taken.size())});
  }
  if (interruption.came()) return interrupted();
  return load(common, store, loading, file, page.seq, &interruption);
}

int load_catalogue(const Common& common, const std::string& file) {
  auto store = common.connect();
  const auto asked = ask_currency(store);
  if (asked.refusal) return complain(common, *asked.refusal);
  const auto catalogue = read_file(file, {asked.currency, true});
  if (!catalogue) return usage_error(catalogue.error().message);
  if (!catalogue->tells_stock) return usage_error(lacks_stock(file));
  const Loading task{*catalogue, "up-" + catalogue->fingerprint};
  const auto any = store.call(msg::Search{.limit = 1});
  if (any.refusal) return complain(common, *any.refusal);
  if (!any->items.empty()) {
    const auto first = store.call(msg::Outcome{task.key(0)});
    if (first.refusal) return complain(common, *first.refusal);
    if (first->outcome == msg::OutcomeKind::kVoid) {
      base::print("the store already has items; {} was not loaded\n", file);
      return kDone;
    }
  }
  return load(common, store, task, file, any.seq);
}

}  // namespace tasks
