// A statistic whose size depends on the values: it lives on the heap behind one word of a window. Each is a
// function of the set of values (and their places in time) alone, so neither the order of events nor the
// grouping of panes shows in its bytes.
#pragma once

#include <string>
#include <string_view>

#include "actors/window/event_value.hpp"

namespace sluice {

class heap_statistic {
public:
  virtual ~heap_statistic() = default;
  // Makes room, so that the next `add` need not allocate. May throw; changes no result.
  virtual void make_room() = 0;
  // Adds a value of a type that its aggregate takes, after make_room.
  virtual void add(const event_value& v, const event_facts& event) noexcept = 0;
  // Adds everything in `from`, which is of the same class. When it throws, this one is good for nothing else.
  virtual void merge(const heap_statistic& from) = 0;
  // Appends bytes; equal sets of values give equal bytes.
  virtual void save(std::string& out) const = 0;
  // Fills an empty one with what `save` appended; false when these bytes are something else.
  virtual bool restore(std::string_view bytes) = 0;

protected:
  heap_statistic() = default;
  heap_statistic(const heap_statistic&) = default;
  heap_statistic& operator=(const heap_statistic&) = default;
};

} // namespace sluice
