// The table of keys and the list of a key's panes.
#include "actors/window/keyed_state.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace sluice;

TEST_CASE("keys of one hash are told apart, and a guess is one of them") {
  keyed_states keys;
  auto& a = keys.insert(7, "a");
  auto& b = keys.insert(7, "b");
  CHECK(keys.find(7, "a") == &a);
  CHECK(keys.find(7, "b") == &b);
  CHECK(keys.find(7, "c") == nullptr);
  const auto* guess = keys.guess(7);
  CHECK((guess == &a || guess == &b));
  CHECK(keys.guess(8) == nullptr);
  keys.erase(a);
  CHECK(keys.guess(7) == &b);
}

TEST_CASE("a list of panes is like a vector, whatever goes from its front or its middle") {
  std::mt19937 random(5);
  std::vector<pane> panes(2000);
  std::vector<pane*> expected;
  pane_list list;
  std::size_t next = 0;
  while (next < panes.size()) {
    const auto size = expected.size();
    if (size == 0 || random() % 9 < 5) {
      auto* p = &panes[next];
      p->index = static_cast<std::int64_t>(next++);
      list.insert(list.end(), p), expected.push_back(p);
    } else if (random() % 2 == 0) {
      list.pop_front(), expected.erase(expected.begin());
    } else {
      const auto from = static_cast<std::ptrdiff_t>(random() % size);
      const auto to = from + static_cast<std::ptrdiff_t>(random() % (size - static_cast<std::size_t>(from)));
      list.erase(list.begin() + from, list.begin() + to);
      expected.erase(expected.begin() + from, expected.begin() + to);
    }
    REQUIRE(list.size() == expected.size());
    REQUIRE(std::equal(list.begin(), list.end(), expected.begin(),
                       [](const pane_ref& r, const pane* p) { return r.what == p && r.index == p->index; }));
  }
}
