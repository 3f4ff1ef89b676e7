// Edits: the face of each item, from one edit to the next: its title, its topics, its description, its attributes, its
// terms of sale, and whether it is retired.
//
// `edited` of an item is the seq of the edit that made its face (PROTOCOL 4). So it names the face, as `version` names
// the state (told.h). An edit without a told seq may happen at any time after it was invoked. A face is certain from
// its edit on: up to the next edit if all seqs are told, else up to the last version that an answer shows with it.
//
//   E1  For each `edited` an item has one face. An item that was never edited is not retired and has no terms.
//   E2  A face is the one before it, with what edits between them name. Nothing else makes a face.
//   E3  What is bought or held was for sale then: the item was not retired, and its terms allowed this time, this many
//       pieces in one order, and with what the customer had bought in the window, this many for each customer.
//   E4  What is refused because of a face was not of another face at that moment (across.h).
//
// The pieces that a customer has are a lower bound: orders of this history that no write may have cancelled unseen, and
// no holds. Searches and look-ups by title are in searches.h.
//
// Lifetime: points into the operations and keys. Threads: none. Tests: tests/history/edits_test.cpp
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "history/keys.h"
#include "history/place.h"

namespace history {

class Edits {
 public:
  Edits(const Operations& operations, const Keys& keys, Findings& findings);

  struct Face {
    base::Seq edited;  // 0: the item was never edited
    std::string_view title;
    std::string_view topic;
    bool retired = false;
    msg::Terms terms;      // without any rule: none
    base::Seq last;        // the greatest version that is told with this face
    Index told = kNobody;  // the first operation of the history whose answer shows it
    std::string_view description{};
    msg::Topics topics{};  // besides the first one
    msg::Attributes attributes{};
    std::optional<base::Quantity> low{};
  };
  using Faces = std::vector<Face>;  // by `edited`
  const std::map<msg::ItemId, Faces>& faces() const { return faces_; }

  // False if the item has one face, and that from its addition on.
  bool is_edited(msg::ItemId item) const;
  // True if an edit of this history may have changed the face of an item with a greater id.
  bool may_change_beyond(msg::ItemId than) const;

  // Tells the interval that the item does not have this face at its moment. Edits that began after `time` do not count.
  // `since`: the first place of the face. `floor`: the moment is not before this place.
  void exclude(Interval& interval, msg::ItemId item, const Face& face, Place since, Place floor, Time time,
               std::string_view what) const;
  // Narrows the interval of a refusal by the faces that do not explain it.
  void narrow(Interval& interval, Index index, Place floor) const;

 private:
  struct Edit {
    base::Seq seq;  // 0: not told
    const msg::EditItem* request;
    Time from;
  };
  // Pieces of an item that somebody gets.
  struct Sale {
    msg::ItemId item;
    base::Quantity pieces;
    base::Seq seq;
    std::int64_t at = 0;
    std::string_view customer;
    Index told = kNobody;
  };

  void collect(const Keys& keys);
  void see(msg::ItemId item, const Face& face);
  void judge(msg::ItemId item, const Faces& faces);
  void judge(msg::ItemId item, const Face& face, const Face* before);
  bool rules_follow(msg::ItemId item, const Face& face, const Face* before) const;
  bool attributes_follow(msg::ItemId item, const Face& face, const Face* before) const;
  template <class Value, class Named>
  bool follows(msg::ItemId item, const Face& face, const Face* before, Value value, Named named) const;
  void learn_orders(const Keys& keys);
  void judge_sales(const Keys& keys);
  void judge(const Sale& sale);
  void judge_customer(const Sale& sale, const Face& face);
  base::Quantity bought(const Sale& sale, std::int64_t window) const;
  const Face* face_before(const Sale& sale) const;
  Place end_of(msg::ItemId item, const Face& face, Time time) const;
  const std::vector<Edit>& edits_of(msg::ItemId item) const;

  const Operations& operations_;
  Findings& findings_;
  std::map<msg::ItemId, Faces> faces_;
  std::map<msg::ItemId, std::vector<Edit>> edits_;  // by seq; those without a told seq come first
  std::unordered_map<std::string, std::vector<const msg::Order*>> bought_;    // here, by customer, folded
  std::map<base::OrderNo, std::map<msg::ItemId, base::Quantity>> cancelled_;  // as told
  std::set<base::OrderNo> perhaps_cancelled_;                                 // no answer tells what
};

}  // namespace history
