// Shop: items, and the places of their pieces.
#include "tests/history/shop.h"

#include <sstream>

namespace history {

Shop::Shop() {
  for (std::uint64_t id = 1; id <= 3; ++id) {
    ++seq_;
    items_[base::ItemId(id)] = {base::ItemId(id),
                                title_of(id),
                                topic_of(id),
                                base::Cents(100),
                                base::Quantity(id == 3 ? msg::kStockMax - 4 : 20),
                                base::Seq(seq_)};
    shelves_[base::ItemId(id)]["main"] = items_[base::ItemId(id)].stock;
  }
}

std::string Shop::title_of(std::uint64_t id) {
  static const std::vector<std::string> kTitles{"Red apple", "red APPLE", "Green pear", "Pear tree"};
  return kTitles[id % kTitles.size()];
}

std::string Shop::topic_of(std::uint64_t id) {
  static const std::vector<std::string> kTopics{"Fruit", "fruit", "Garden"};
  return kTopics[id % kTopics.size()];
}

bool Shop::finds(const msg::Search& search, const msg::Item& item) {
  auto topics = item.topics.value_or(msg::Topics());
  topics.push_back(item.topic);
  const auto is_it = [&](const std::string& topic) { return same(*search.topic, topic); };
  if (search.topic && std::none_of(topics.begin(), topics.end(), is_it)) return false;
  if (msg::is_retired(item) && !search.retired.value_or(false)) return false;
  std::istringstream words(lower(search.text.value_or("")));
  for (std::string word; words >> word;) {
    if ((" " + lower(item.title)).find(" " + word) == std::string::npos) return false;
  }
  return true;
}

std::vector<msg::Item> Shop::all(const msg::Search& search) const {
  std::vector<msg::Item> found;
  for (const auto& [id, item] : items_) {
    if (id > search.after.value_or(base::ItemId()) && finds(search, item)) found.push_back(item);
  }
  return found;
}

Answer Shop::operator()(const msg::Lookup& lookup) const {
  for (const auto& [id, item] : items_) {
    const bool has_title = lookup.title && same(*lookup.title, item.title) && !msg::is_retired(item);
    if (lookup.item ? *lookup.item == id : has_title) return msg::ItemReply{item, {}, {}};
  }
  return msg::Refusal{.code = msg::Code::kUnknownItem, .item = lookup.item};
}

Answer Shop::operator()(const msg::Search& search) const {
  msg::ItemsReply reply{all(search), {}, {}};
  if (cut(reply.items, search.limit)) reply.next = reply.items.back().id;
  return reply;
}

Answer Shop::operator()(const msg::ChangePrice& change) {
  if (const auto before = used(change.key, change)) return *before;
  if (items_.count(change.item) == 0) return refused(msg::Code::kUnknownItem, change.item);
  if (change.version && *change.version != items_.at(change.item).version) return moved_on(change.item);
  items_.at(change.item).price = change.price;
  return touched(change.key, change, change.item);
}

Answer Shop::operator()(const msg::Restock& restock) {
  if (const auto before = used(restock.key, restock)) return *before;
  if (items_.count(restock.item) == 0) return refused(msg::Code::kUnknownItem, restock.item);
  if (restock.version && *restock.version != items_.at(restock.item).version) return moved_on(restock.item);
  auto& stock = items_.at(restock.item).stock;
  const auto place = restock.place.value_or("main");
  const auto there = std::min(shelves_[restock.item][place], msg::available_of(items_.at(restock.item)));
  if (there + restock.delta < base::Quantity()) return sold_out(restock.item, there);
  if ((stock + restock.delta).value() > msg::kStockMax) return refused(msg::Code::kLimit, restock.item);
  if (is_unknown(place, restock.opens)) return refused(msg::Code::kUnknownPlace, restock.item);
  stock += restock.delta;
  shelves_[restock.item][place] += restock.delta;
  show_places(restock.item);
  return touched(restock.key, restock, restock.item);
}

Answer Shop::operator()(const msg::CountStock& count) {
  if (const auto before = used(count.key, count)) return *before;
  if (items_.count(count.item) == 0) return refused(msg::Code::kUnknownItem, count.item);
  if (count.version && *count.version != items_.at(count.item).version) return moved_on(count.item);
  const auto place = count.place.value_or("main");
  const auto stock = items_.at(count.item).stock - shelves_[count.item][place] + count.stock;
  if (stock < msg::held_of(items_.at(count.item))) return sold_out(count.item);
  if (stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, count.item);
  if (is_unknown(place, count.opens)) return refused(msg::Code::kUnknownPlace, count.item);
  items_.at(count.item).stock = stock;
  shelves_[count.item][place] = count.stock;
  show_places(count.item);
  return touched(count.key, count, count.item);
}

Answer Shop::operator()(const msg::Transfer& transfer) {
  if (const auto before = used(transfer.key, transfer)) return *before;
  if (items_.count(transfer.item) == 0) return refused(msg::Code::kUnknownItem, transfer.item);
  if (transfer.version && *transfer.version != items_.at(transfer.item).version) return moved_on(transfer.item);
  auto& there = shelves_[transfer.item][transfer.from.value_or("main")];
  if (transfer.quantity > there) return sold_out(transfer.item, there);
  const auto to = transfer.to.value_or("main");
  if (is_unknown(to, transfer.opens)) return refused(msg::Code::kUnknownPlace, transfer.item);
  there -= transfer.quantity;
  shelves_[transfer.item][to] += transfer.quantity;
  show_places(transfer.item);
  return touched(transfer.key, transfer, transfer.item);
}

Answer Shop::operator()(const msg::EditItem& edit) {
  if (const auto before = used(edit.key, edit)) return *before;
  if (items_.count(edit.item) == 0) return refused(msg::Code::kUnknownItem, edit.item);
  auto& item = items_.at(edit.item);
  if (edit.version && *edit.version != item.version) return moved_on(edit.item);
  if (edit.title) item.title = *edit.title;
  if (edit.topic) item.topic = *edit.topic;
  if (edit.topics) item.topics = edit.topics->empty() ? std::nullopt : edit.topics;
  if (edit.description) item.description = edit.description->empty() ? std::nullopt : edit.description;
  auto attributes = item.attributes.value_or(msg::Attributes());
  for (const auto& [name, value] : edit.attributes.value_or(msg::AttributeChanges())) {
    attributes.erase(name);
    if (value) attributes[name] = *value;
  }
  item.attributes = attributes.empty() ? std::nullopt : std::optional(attributes);
  if (edit.retired) item.retired = *edit.retired ? std::optional(true) : std::nullopt;
  if (edit.terms) item.terms = *edit.terms == msg::Terms{} ? std::nullopt : edit.terms;
  item.edited = base::Seq(seq_ + 1);
  return touched(edit.key, edit, edit.item);
}

Answer Shop::operator()(const msg::AddItems& add) {
  if (const auto before = used(add.key, add)) return *before;
  for (const auto& item : add.items) {
    if (items_.count(*item.id) > 0) return refused(msg::Code::kItemExists, *item.id);
  }
  ++seq_;
  msg::ItemsReply reply;
  for (const auto& item : add.items) {
    items_[*item.id] = {*item.id, item.title, item.topic, item.price, item.stock, base::Seq(seq_)};
    shelves_[*item.id]["main"] = item.stock;
    reply.items.push_back(items_[*item.id]);
  }
  reply.at = now_;
  return keep(add.key, add, reply);
}

bool Shop::is_unknown(const std::string& place, const std::optional<bool>& opens) const {
  return place != "main" && !opens.value_or(false) && std::none_of(items_.begin(), items_.end(), [&](const auto& each) {
           const auto shelf = shelf_of(each.second);
           return shelf.count(place) > 0 && shelf.at(place).value() > 0;
         });
}

std::optional<msg::Places> Shop::take(const msg::DemandLine& line, Shelves& shelves) {
  auto& shelf = shelves[line.item];
  Shelf from;
  for (auto pieces = line.quantity; pieces.value() > 0; pieces -= base::Quantity(1)) {
    auto at = line.place.value_or("main");
    for (auto other = shelf.begin(); shelf[at].value() == 0 && other != shelf.end(); ++other) {
      if (other->second.value() > 0) at = other->first;
    }
    shelf[at] -= base::Quantity(1);
    from[at] += base::Quantity(1);
  }
  return listed(from);
}

std::optional<msg::Places> Shop::listed(const Shelf& shelf) {
  msg::Places places;
  for (const auto& [place, pieces] : shelf) {
    if (place != "main" && pieces.value() > 0) places.push_back({place, pieces});
  }
  return places.empty() ? std::nullopt : std::optional(places);
}

void Shop::show_places(base::ItemId item) {
  auto& shelf = shelves_[item];
  auto elsewhere = base::Quantity();
  for (const auto& [place, pieces] : shelf) elsewhere += place == "main" ? base::Quantity() : pieces;
  shelf["main"] = items_.at(item).stock - elsewhere;
  items_.at(item).places = listed(shelf);
}

}  // namespace history
