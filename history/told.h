// Told: the states of each item that anybody was told of, by version.
//
// A version is the seq of the event that made the state (PROTOCOL 4), so it names the state, and until the next version
// nothing about the item changes. Here is only what was told: between two told versions there may be others.
//
//   T1  one version of an item is one state: the same price and stock in every answer, and in the order that made it
//   T2  title and topic of an item never change
//
// Threads: none. Tests: tests/history/history_test.cpp
#pragma once

#include <map>
#include <unordered_map>

#include "history/keys.h"

namespace history {

struct Sighting {
  msg::ItemId item;
  base::Seq version;
  base::Cents price;
  base::Quantity stock;
  Index told = kNobody;  // who was told first, that is, had the answer first
};

class Told {
 public:
  Told(const Operations& operations, const Keys& keys, Findings& findings);

  // The first version of an item that was told, or the first after `version`; nullptr: none.
  const Sighting* first(msg::ItemId item) const { return after(item, base::Seq()); }
  const Sighting* after(msg::ItemId item, base::Seq version) const;

  // Somebody was told that the item was there after this event.
  struct There {
    base::Seq seq;
    Index told;
  };
  std::optional<There> there_since(msg::ItemId item) const;

  struct Name {
    std::string_view title;
    std::string_view topic;
    Index told;
  };
  const std::map<msg::ItemId, Name>& names() const { return names_; }

 private:
  void see(const msg::Item& item, Index told);
  void see(const msg::Order& order, Index told);
  void see(const msg::AddItems& add, const Effect& effect);
  void name(msg::ItemId id, const Name& name);
  void compare(const Sighting& one, const Sighting& other);

  Findings& findings_;
  std::vector<Sighting> sightings_;  // by item and version; each once
  std::map<msg::ItemId, Name> names_;
  std::unordered_map<msg::ItemId, There> added_;  // by an addition whose seq was told
};

}  // namespace history
