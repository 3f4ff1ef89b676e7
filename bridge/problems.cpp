#include "bridge/problems.h"

#include <algorithm>

#include "json/json.h"

namespace bridge {

Said said(msg::Code code) {
  using msg::Code;
  switch (code) {
    case Code::kOutOfStock:
      return {409, "There is not enough in stock"};
    case Code::kUnknownItem:
      return {404, "There is no such item"};
    case Code::kNotForSale:
      return {409, "The item is not for sale"};
    case Code::kUnknownOrder:
      return {404, "There is no such order"};
    case Code::kPriceChanged:
      return {409, "The price has changed"};
    case Code::kVersionChanged:
      return {412, "The item has changed"};
    case Code::kItemExists:
      return {409, "The id is taken"};
    case Code::kMoreThanRemains:
      return {409, "So many pieces do not remain of the order or the hold"};
    case Code::kNothingRemains:
      return {409, "Nothing of the order is left to be cancelled"};
    case Code::kUnknownHold:
      return {404, "There is no such hold"};
    case Code::kHoldOver:
      return {409, "The hold is over"};
    case Code::kUnknownSubscription:
      return {404, "There is no such subscription"};
    case Code::kKeyReused:
      return {422, "The key belongs to another request"};
    case Code::kKeyVoided:
      return {409, "The key is void"};
    case Code::kLimit:
      return {409, "The result would pass a limit"};
    case Code::kMalformed:
      return {400, "The request cannot be read"};
    case Code::kInvalid:
      return {400, "A value is not allowed"};
    case Code::kUnknownType:
    case Code::kUnsupportedVersion:
      return {502, "The store does not know this request"};
    case Code::kUnauthenticated:
      return {401, "A valid token is needed"};
    case Code::kUnknownCredential:
      return {404, "There is no such credential"};
    case Code::kUnknownPlace:
      return {409, "No item has pieces at this place"};
    case Code::kForbidden:
      return {403, "The token, or the key of the bridge, does not allow this"};
    case Code::kBusy:
      return {503, "Too many requests are under way"};
    case Code::kUnavailable:
      return {503, "The store cannot answer at the moment"};
    case Code::kNotWriter:
    case Code::kFenced:
    case Code::kSkipped:
    case Code::kUnknown:
      break;
  }
  return {504, "It is unknown whether the request took effect"};
}

void ProblemType::write(std::string& out) const { json::write("/problems/" + word, out); }

std::vector<std::string_view> words_of(unsigned status) {
  std::vector<std::string_view> words;
  const auto add = [&](std::string_view word, unsigned its_status) {
    if (status != 0 && status != its_status) return;
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  };
  for (const auto word : msg::kWords<msg::Code>) add(word, said(*msg::code_of(word)).status);
  for (const auto& own : kOwnProblems) add(own.word, own.status);
  return words;
}

}  // namespace bridge
