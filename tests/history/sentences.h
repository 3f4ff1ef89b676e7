// Histories as sentences, one for each operation with its times, its request and its answer:
//
//   "0-10 look 1 -> 1=5@3"                         item 1 has 5 pieces, in version 3, for 100 cents ("$90": 90)
//   "0-10 buy k1 1x2 2x1 -> #1@7 1x2=3 2x1=4"      order 1 with seq 7; 3 of item 1 were left, and 4 of item 2
//   "0- buy k1 1x2"                                no answer
//   "0-10 buy k1 1x2 -> !out_of_stock 1=1"         refused; "!price_changed 1$90", "!unknown_item 1", "!key_voided"
//   "0-10 add k4 =5/t/X -> 9=5@9/t/X"              the store chose the id
//   "0-10 price k2 1 90 -> 1=5$90@8", "restock k3 1 -2 -> 1=3@9", "add k4 7=5 -> 7=5@9": the items at the answer
//   "0-10 price k2 1 90 if 7 -> !version_changed 1@8"   only if item 1 has version 7
//   "0-10 count k3 1 3 -> 1=3@9"                   3 pieces of item 1 were counted
//   "0-10 look 1 -> 1=5@3%annex:1,north:2"         of the 5 pieces one is at annex, and 2 are at north
//   "0-10 buy k1 1x2%north -> #1@7 1x2=3%north:2"  the line names a place, and tells the part that is not of `main`
//   "restock k3 1 -2 at north", "count k3 1 3 at north", "transfer k3 1 2 from north to annex"
//   "0-10 edit k4 1 title New topic u retire terms P2 -> 1=3@9!9RP2/u/New left"   "!9": edited at seq 9; "R": retired;
//                                                  also "restore", "terms none"
//   "0-10 restock k3 1 -2 -> 1=3@9 left"           the item as the change left it, however long ago
//   "0-10 order 1 -> #1@7 k1 1x2=3", "orders -> #1@7 k1 1x2=3 | #2@8 k2 1x1=2", "orders after 1 -> "
//   "0-10 cancel k2 1 1x1 -> #1@7 k1 1x2=3 cancel@9 k2 1x1=4"   also return and scrap; without items: all that remains
//   "0-10 hold k1 1x2 for 100 -> H1@7 1x2=2"       hold 1 with seq 7; 2 of item 1 are held then ("1=5&2@7": of 5)
//   "0-10 show 1 -> H1@7 k1 1x2=2 @9 expired"      in version 9; also confirmed, with "#1", and released
//   "0-10 confirm c1 1 1x1 -> #1@9 1x1=4", "release r1 1 -> H1@7 k1 1x2=2 @9 released"
//   "0-10 holds of ann -> H1@7 k1~ann 1x2=2"
//   "0-10 extend e1 1 for 500 -> H1@7 k1 1x2=2 @9 <550"   ^5: an order or a hold was placed at 5; <550: it ends at 550
//   "0-10 outcome k1 -> #1@7 k1 1x2=3", "-> void@8", "-> change@8", "-> change@7 H1@7 k1 1x2=2"
//   "0-10 search t -> 1=5@3 2=4@3", "search t after 2 -> 3=1@1 more", "search * limit 1 -> 1=5@3"
//   "0-10 search * retired -> 1=5@3", "0-10 search * text item -> 1=5@3", "0-10 title item_1 -> 1=5@3"
//   "0-10 orders of ann -> #1@7 k1 1x2=3"
//
// Terms of sale: "P2": 2 pieces in one order, "C3W100": 3 for each customer in 100 ms, "F5": from 5 on, "U9": until 9.
// In a refusal "1A2" means that 2 pieces of item 1 are allowed, and "1F5" that it is for sale from 5 on.
//
// An item "7=5@3" has the title "Item 7" and the topic "t"; "7=5@3/Maths/Group_theory" has the topic "Maths" and the
// title "Group theory". In "buy k1~ann 1x2" ann is the customer; "_" is a space there, too.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <tuple>

#include "history/history.h"
#include "msg/cancellations.h"

namespace history::sentences {

inline Operation operation(const std::string& sentence);

inline Operations operations(const std::vector<std::string>& sentences) {
  Operations all;
  for (const auto& sentence : sentences) {
    all.push_back(operation(sentence));
    all.back().client = all.size();
  }
  return all;
}

inline std::string told(const Operations& operations, const Verdict& verdict) {
  std::string text;
  for (const auto& violation : verdict.violations) {
    text += violation.part + ": " + violation.why + "\n";
    for (const auto index : violation.operations) text += "  " + describe(operations[index], 0) + "\n";
  }
  return text;
}

inline void expect_holds(const std::vector<std::string>& sentences) {
  const auto all = operations(sentences);
  const auto verdict = check(all);
  EXPECT_EQ(verdict.result, Result::kHolds) << told(all, verdict);
}

// Expects a violation that `part` finds.
inline Verdict expect_violated(const std::string& part, const std::vector<std::string>& sentences) {
  const auto all = operations(sentences);
  auto verdict = check(all);
  EXPECT_EQ(verdict.result, Result::kViolated) << "a " << part << " violation was not found";
  bool found = false;
  for (const auto& violation : verdict.violations) found = found || violation.part == part;
  EXPECT_TRUE(found) << "not by " << part << ", but:\n" << told(all, verdict);
  return verdict;
}

// The parser of sentences.
using Words = std::istringstream;

inline std::int64_t number_at(const std::string& word, char mark, std::int64_t otherwise) {
  const auto place = word.find(mark);
  return place == std::string::npos ? otherwise : std::atoll(word.c_str() + place + 1);
}
inline base::ItemId item_of(const std::string& word) {
  return base::ItemId(static_cast<std::uint64_t>(std::atoll(word.c_str())));
}
inline base::Seq seq_of(const std::string& word) {
  return base::Seq(static_cast<std::uint64_t>(number_at(word, '@', 0)));
}

inline std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

// Returns the parts of a word before and after `mark`; the word and `otherwise` if there is no mark.
inline std::pair<std::string, std::string> cut(const std::string& word, char mark, const std::string& otherwise) {
  const auto place = word.find(mark);
  return place == std::string::npos ? std::pair(word, otherwise)
                                    : std::pair(word.substr(0, place), word.substr(place + 1));
}

// The terms in a word; empty: none.
inline msg::Terms terms(const std::string& word) {
  const auto number = [&](char mark) -> std::optional<std::int64_t> {
    return word.find(mark) == std::string::npos ? std::nullopt : std::optional(number_at(word, mark, 0));
  };
  msg::Terms all{.window = number('W'), .from = number('F'), .until = number('U')};
  if (const auto most = number('P')) all.per_order = base::Quantity(*most);
  if (const auto most = number('C')) all.per_customer = base::Quantity(*most);
  return all;
}

// The places in a word: "...%annex:1,north:2".
inline std::optional<msg::Places> places(const std::string& word) {
  std::optional<msg::Places> all;
  std::istringstream list(cut(word, '%', "").second);
  for (std::string place; std::getline(list, place, ',');) {
    if (!all) all.emplace();
    all->push_back({cut(place, ':', "").first, base::Quantity(number_at(place, ':', 0))});
  }
  return all;
}

inline msg::Item item(const std::string& told) {
  const auto id = item_of(told);
  const auto whole = cut(told, '%', "").first;
  const auto [word, named] = cut(whole, '/', "t");
  const auto [topic, title] = cut(named, '/', "Item_" + std::to_string(id.value()));
  msg::Item item{id,
                 spaced(title),
                 topic,
                 base::Cents(number_at(word, '$', 100)),
                 base::Quantity(number_at(word, '=', 0)),
                 seq_of(word)};
  if (word.find('&') != std::string::npos) item.held = base::Quantity(number_at(word, '&', 0));
  if (word.find('!') != std::string::npos) item.edited = base::Seq(static_cast<std::uint64_t>(number_at(word, '!', 0)));
  if (word.find('R') != std::string::npos) item.retired = true;
  if (terms(word) != msg::Terms{}) item.terms = terms(word);
  item.places = places(told);
  return item;
}

inline msg::OrderLine line(const std::string& told) {
  const auto word = cut(told, '%', "").first;
  return {item_of(word), base::Quantity(number_at(word, 'x', 1)), base::Cents(number_at(word, '$', 100)),
          base::Quantity(number_at(word, '=', 0)), places(told)};
}

// Parses "#1@7 k1 1x2=3 ... cancel@9 k2 1x1=4 ..." up to "|". `key` is that of the request, if it has one. The state of
// the order is the right one.
inline msg::Order order(Words& words, const std::string& first, const std::string& key, msg::OrderType type) {
  msg::Order all;
  all.no = base::OrderNo(static_cast<std::uint64_t>(number_at(first, '#', 0)));
  all.seq = seq_of(first);
  std::tie(all.key, all.customer) = cut(key, '~', "");
  all.type = type;
  for (std::string word; words >> word && word != "|" && word != "more";) {
    if (const auto kind = msg::from_word<msg::CancelKind>(cut(word, '@', "").first)) {
      if (!all.cancellations) all.cancellations.emplace();
      all.cancellations->push_back({.no = all.no, .seq = seq_of(word), .kind = *kind});
    } else if (all.cancellations) {
      auto& last = all.cancellations->back();
      if (word.find('x') == std::string::npos) {
        last.key = word;
        continue;
      }
      last.lines.push_back(line(word));
      last.total += base::Cents(last.lines.back().price.value() * last.lines.back().quantity.value());
    } else if (word[0] == '^') {
      all.at = number_at(word, '^', 0);
    } else if (word.find('x') == std::string::npos) {
      std::tie(all.key, all.customer) = cut(word, '~', "");
    } else {
      all.lines.push_back(line(word));
      all.total += base::Cents(all.lines.back().price.value() * all.lines.back().quantity.value());
    }
  }
  if (all.cancellations) all.state = msg::state_of(all);
  return all;
}

constexpr std::uint32_t kTtl = 1000;  // of a hold, if none is given

// Parses "H1@7 k1 1x2=2 @9 ..." up to "|".
inline msg::Hold hold(Words& words, const std::string& first, const std::string& key, std::uint32_t ttl) {
  msg::Hold all;
  all.no = base::HoldNo(static_cast<std::uint64_t>(number_at(first, 'H', 0)));
  all.seq = all.version = seq_of(first);
  std::tie(all.key, all.customer) = cut(key, '~', "");
  std::optional<std::int64_t> expires;
  for (std::string word; words >> word && word != "|" && word != "more";) {
    if (const auto state = msg::from_word<msg::HoldState>(word)) {
      all.state = *state;
    } else if (word[0] == '@') {
      all.version = seq_of(word);
    } else if (word[0] == '^') {
      all.at = number_at(word, '^', 0);
    } else if (word[0] == '<') {
      expires = number_at(word, '<', 0);
    } else if (word[0] == '#') {
      all.order = base::OrderNo(static_cast<std::uint64_t>(number_at(word, '#', 0)));
    } else if (word.find('x') == std::string::npos) {
      std::tie(all.key, all.customer) = cut(word, '~', "");
    } else {
      const auto as = line(word);
      all.lines.push_back({as.item, as.quantity, as.price, as.stock});
    }
  }
  all.expires = expires.value_or(all.at + ttl);
  return all;
}

inline msg::Refusal refusal(Words& words, const std::string& first) {
  msg::Refusal refused;
  refused.code = msg::code_of(first.substr(1)).value();
  if (std::string word; words >> word) {
    refused.item = item_of(word);
    if (word.find('=') != std::string::npos) refused.stock = base::Quantity(number_at(word, '=', 0));
    if (word.find('@') != std::string::npos) refused.version = seq_of(word);
    if (word.find('$') != std::string::npos) refused.price = base::Cents(number_at(word, '$', 0));
    if (word.find('A') != std::string::npos) refused.allowed = base::Quantity(number_at(word, 'A', 0));
    refused.from = terms(word).from;
    refused.until = terms(word).until;
  }
  return refused;
}

inline Request request(Words& words, const std::string& verb) {
  std::vector<std::string> rest;
  for (std::string word; words >> word && word != "->";) rest.push_back(word);
  const auto number = [&](std::size_t i) { return std::atoll(rest.at(i).c_str()); };
  const auto id = [&](std::size_t i) { return static_cast<std::uint64_t>(number(i)); };
  // Returns the word after `name`.
  const auto option = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = std::find(rest.begin(), rest.end(), name);
    return found == rest.end() ? std::nullopt : std::optional(*(found + 1));
  };
  const auto number_of = [&](const std::string& name) -> std::optional<std::uint64_t> {
    const auto word = option(name);
    return word ? std::optional(static_cast<std::uint64_t>(std::atoll(word->c_str()))) : std::nullopt;
  };
  const auto limit = [&]() -> std::optional<std::uint32_t> {
    const auto most = number_of("limit");
    return most ? std::optional(static_cast<std::uint32_t>(*most)) : std::nullopt;
  };
  if (verb == "look") return msg::Lookup{.item = base::ItemId(id(0))};
  if (verb == "title") return msg::Lookup{.title = spaced(rest.at(0))};
  if (verb == "events") return msg::Events{.from = base::Seq(id(0))};
  if (verb == "order") return msg::GetOrder{base::OrderNo(id(0))};
  if (verb == "outcome") return msg::Outcome{rest.at(0)};
  const auto version = [&]() -> std::optional<base::Seq> {
    const auto expected = number_of("if");
    return expected ? std::optional(base::Seq(*expected)) : std::nullopt;
  };
  if (verb == "price") return msg::ChangePrice{rest.at(0), base::ItemId(id(1)), base::Cents(number(2)), version()};
  if (verb == "restock") {
    return msg::Restock{rest.at(0), base::ItemId(id(1)), base::Quantity(number(2)), {}, version(), option("at")};
  }
  if (verb == "count") {
    return msg::CountStock{rest.at(0), base::ItemId(id(1)), base::Quantity(number(2)), {}, version(), option("at")};
  }
  if (verb == "transfer") {
    return msg::Transfer{.key = rest.at(0),
                         .item = base::ItemId(id(1)),
                         .quantity = base::Quantity(number(2)),
                         .from = option("from"),
                         .to = option("to"),
                         .version = version()};
  }
  if (verb == "edit") {
    const auto has = [&](const std::string& name) { return std::find(rest.begin(), rest.end(), name) != rest.end(); };
    msg::EditItem edit{.key = rest.at(0), .item = base::ItemId(id(1)), .topic = option("topic"), .version = version()};
    if (const auto title = option("title")) edit.title = spaced(*title);
    if (has("retire") || has("restore")) edit.retired = has("retire");
    if (const auto rules = option("terms")) edit.terms = terms(*rules);
    return edit;
  }
  if (verb == "cancel" || verb == "return" || verb == "scrap") {
    msg::Cancel cancel{rest.at(0), base::OrderNo(id(1)), msg::from_word<msg::CancelKind>(verb).value(), {}, {}};
    for (std::size_t i = 2; i < rest.size(); ++i) {
      if (!cancel.lines) cancel.lines.emplace();
      cancel.lines->push_back({line(rest[i]).item, line(rest[i]).quantity});
    }
    return cancel;
  }
  const auto ttl = static_cast<std::uint32_t>(number_of("for").value_or(kTtl));
  if (verb == "show") return msg::GetHold{base::HoldNo(id(0))};
  if (verb == "extend") return msg::ExtendHold{rest.at(0), base::HoldNo(id(1)), ttl};
  if (verb == "release") return msg::ReleaseHold{rest.at(0), base::HoldNo(id(1))};
  if (verb == "confirm") {
    msg::ConfirmHold confirm{rest.at(0), base::HoldNo(id(1)), {}};
    for (std::size_t i = 2; i < rest.size(); ++i) {
      if (!confirm.lines) confirm.lines.emplace();
      confirm.lines->push_back({line(rest[i]).item, line(rest[i]).quantity});
    }
    return confirm;
  }
  if (verb == "holds") {
    msg::ListHolds list{.customer = option("of"), .limit = limit()};
    if (const auto after = number_of("after")) list.after = base::HoldNo(*after);
    return list;
  }
  if (verb == "orders") {
    msg::ListOrders list{.customer = option("of"), .limit = limit()};
    if (const auto after = number_of("after")) list.after = base::OrderNo(*after);
    return list;
  }
  if (verb == "search") {
    msg::Search search{.text = option("text"), .limit = limit()};
    if (rest.at(0) != "*") search.topic = rest.at(0);
    if (rest.size() > 1 && rest[1] == "retired") search.retired = true;
    if (search.text) search.text = spaced(*search.text);
    if (const auto after = number_of("after")) search.after = base::ItemId(*after);
    return search;
  }
  if (verb == "add") {
    msg::AddItems add{rest.at(0), {}};
    for (std::size_t i = 1; i < rest.size(); ++i) {
      const auto as = item(rest[i]);
      add.items.push_back({as.id ? std::optional(as.id) : std::nullopt, as.title, as.topic, as.price, as.stock});
    }
    return add;
  }
  const auto [key, customer] = cut(rest.at(0), '~', "");
  if (verb == "hold") {
    msg::PlaceHold place{.key = key, .ttl = ttl};
    if (!customer.empty()) place.customer = spaced(customer);
    for (std::size_t i = 1; i < rest.size() && rest[i] != "for"; ++i) {
      const auto as = line(rest[i]);
      place.lines.push_back({as.item, as.quantity, {}});
      if (rest[i].find('$') != std::string::npos) place.lines.back().price = as.price;
    }
    return place;
  }
  msg::PlaceOrder place{.key = key, .type = verb == "sell" ? msg::OrderType::kSell : msg::OrderType::kBuy};
  if (!customer.empty()) place.customer = spaced(customer);
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const auto as = line(rest[i]);
    place.lines.push_back({as.item, as.quantity, {}});
    if (rest[i].find('$') != std::string::npos) place.lines.back().price = as.price;
    if (as.places) place.lines.back().place = as.places->front().place;
  }
  return place;
}

inline Answer answer(Words& words, const std::string& verb, const std::string& key, std::uint32_t ttl) {
  std::string first;
  words >> first;
  const auto type = verb == "sell" ? msg::OrderType::kSell : msg::OrderType::kBuy;
  if (first[0] == '!') return refusal(words, first);
  if (verb == "events") return msg::EventsReply{{}, seq_of(first)};
  const bool is_of_item = verb == "look" || verb == "title" || verb == "price" || verb == "restock" ||
                          verb == "count" || verb == "transfer" || verb == "edit";
  if (is_of_item) {
    return msg::ItemReply{item(first)};
  }
  if (verb == "search" || verb == "add") {
    msg::ItemsReply reply;
    for (auto word = first; words && word != "" && word != "more" && word != "left"; word.clear(), words >> word) {
      reply.items.push_back(item(word));
      first.clear();
    }
    return reply;
  }
  if (verb == "hold" || verb == "show" || verb == "extend" || verb == "release") {
    return msg::HoldReply{hold(words, first, key, ttl)};
  }
  if (verb == "holds") {
    msg::HoldsReply reply;
    for (; words && first != "" && first != "more"; first.clear(), words >> first)
      reply.holds.push_back(hold(words, first, key, ttl));
    return reply;
  }
  if (verb == "orders") {
    msg::OrdersReply reply;
    for (; words && first != "" && first != "more"; first.clear(), words >> first)
      reply.orders.push_back(order(words, first, key, type));
    return reply;
  }
  if (verb != "outcome") return msg::OrderReply{order(words, first, key, type)};
  if (first[0] != '#') {
    msg::OutcomeReply reply{first[0] == 'v' ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange, seq_of(first), {}};
    if (std::string word; words >> word) reply.hold = hold(words, word, {}, ttl);
    return reply;
  }
  const auto told = order(words, first, key, type);
  return msg::OutcomeReply{msg::OutcomeKind::kOrder, told.seq, told};
}

inline Operation operation(const std::string& sentence) {
  Words words(sentence);
  std::string times;
  std::string verb;
  words >> times >> verb;
  Operation made;
  made.invoked = std::atoll(times.c_str());
  made.request = request(words, verb);
  if (times.back() == '-') return made;
  made.returned = number_at(times, '-', 0);
  const auto* outcome = std::get_if<msg::Outcome>(&made.request);
  const auto* place = std::get_if<msg::PlaceOrder>(&made.request);
  const auto* held = std::get_if<msg::PlaceHold>(&made.request);
  const bool is_of_another =
      verb == "cancel" || verb == "return" || verb == "scrap" || verb == "extend" || verb == "release";
  auto key = outcome ? outcome->key : is_of_another ? std::string() : std::string(write_key(made));
  if (place && place->customer) key += "~" + *place->customer;
  if (held && held->customer) key += "~" + *held->customer;
  made.answer = answer(words, verb, key, held ? held->ttl : kTtl);
  if (sentence.ends_with(" left")) {
    if (auto* reply = std::get_if<msg::ItemReply>(&made.answer)) reply->at = 0;
    if (auto* reply = std::get_if<msg::ItemsReply>(&made.answer)) reply->at = 0;
  }
  if (auto* reply = std::get_if<msg::ItemsReply>(&made.answer); reply && sentence.ends_with("more")) {
    reply->next = reply->items.back().id;
  } else if (auto* list = std::get_if<msg::OrdersReply>(&made.answer); list && sentence.ends_with("more")) {
    list->next = list->orders.back().no;
  } else if (auto* holds = std::get_if<msg::HoldsReply>(&made.answer); holds && sentence.ends_with("more")) {
    holds->next = holds->holds.back().no;
  }
  return made;
}

}  // namespace history::sentences
